MARKS = {"low": " ", "normal": " ", "high": "!"}


def task_line(task):
    box = "[x]" if task.done else "[ ]"
    tags = "".join(f" #{tag}" for tag in task.tags)
    return f"{task.number:>3} {box}{MARKS[task.priority]} {task.text}{tags}"


def progress_line(finished, total):
    share = 100 * finished // total if total else 0
    return f"{finished}/{total} done ({share}%)"
