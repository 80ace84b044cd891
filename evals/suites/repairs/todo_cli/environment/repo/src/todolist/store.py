import json
from pathlib import Path

from todolist.model import Task


class UnknownTask(Exception):
    pass


class Store:
    def __init__(self, path):
        self.path = Path(path)
        self.tasks = []
        if self.path.exists():
            self.tasks = [Task.from_json(data) for data in json.loads(self.path.read_text())]

    def save(self):
        self.path.write_text(json.dumps([task.to_json() for task in self.tasks], indent=1))

    def add(self, text, priority, tags):
        number = max((task.number for task in self.tasks), default=0) + 1
        task = Task(number, text, priority, tags)
        self.tasks.append(task)
        return task

    def get(self, number):
        for task in self.tasks:
            if task.number == number:
                return task
        raise UnknownTask(f"no task {number}")

    def remove_done(self):
        kept = [task for task in self.tasks if not task.done]
        removed = len(self.tasks) - len(kept)
        self.tasks = kept
        return removed
