from buildorder.errors import MissingTarget


def build_order(rules, goals=None):
    """All targets that `goals` (default: everything) need, each after what it needs itself."""
    order = []
    finished = set()

    def visit(name):
        if name in finished:
            return
        if name not in rules:
            raise MissingTarget(name)
        for need in rules[name]:
            visit(need)
        finished.add(name)
        order.append(name)

    for goal in rules if goals is None else goals:
        visit(goal)
    return order


def affected(rules, changed):
    """Targets to build again when `changed` has changed, in build order."""
    dirty = {changed}
    for name in build_order(rules):
        if dirty.intersection(rules[name]):
            dirty.add(name)
    return [name for name in build_order(rules) if name in dirty]
