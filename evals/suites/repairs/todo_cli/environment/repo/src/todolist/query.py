def select(tasks, show_all=False, tag=None, contains=None):
    """Tasks to show, most pressing first."""
    chosen = []
    for task in tasks:
        if not task.done and not show_all:
            continue
        if tag is not None and tag not in task.tags:
            continue
        if contains is not None and contains.lower() not in task.text.lower():
            continue
        chosen.append(task)
    return sorted(chosen, key=lambda task: (task.done, task.rank, task.number))


def progress(tasks):
    """(finished, all)."""
    return sum(task.done for task in tasks), len(tasks)
