import argparse
import sys

from todolist.model import PRIORITIES, split_tags
from todolist.query import progress, select
from todolist.render import progress_line, task_line
from todolist.store import Store, UnknownTask


def build_parser():
    parser = argparse.ArgumentParser(prog="todo")
    parser.add_argument("--file", default="todo.json")
    commands = parser.add_subparsers(dest="command", required=True)
    add = commands.add_parser("add")
    add.add_argument("words", nargs="+")
    add.add_argument("--priority", choices=PRIORITIES, default="normal")
    show = commands.add_parser("list")
    show.add_argument("--all", action="store_true")
    show.add_argument("--tag")
    show.add_argument("--contains")
    done = commands.add_parser("done")
    done.add_argument("number", type=int)
    commands.add_parser("purge")
    commands.add_parser("progress")
    return parser


def main(argv=None, out=None):
    out = sys.stdout if out is None else out
    args = build_parser().parse_args(argv)
    store = Store(args.file)
    try:
        for line in COMMANDS[args.command](store, args):
            print(line, file=out)
    except UnknownTask as problem:
        print(f"todo: {problem}", file=out)
        return 1
    store.save()
    return 0


def _add(store, args):
    text, tags = split_tags(args.words)
    yield task_line(store.add(text, args.priority, tags))


def _list(store, args):
    for task in select(store.tasks, args.all, args.tag, args.contains):
        yield task_line(task)


def _done(store, args):
    task = store.get(args.number)
    task.done = True
    yield task_line(task)


def _purge(store, args):
    yield f"{store.remove_done()} removed"


def _progress(store, args):
    yield progress_line(*progress(store.tasks))


COMMANDS = {"add": _add, "list": _list, "done": _done, "purge": _purge, "progress": _progress}
