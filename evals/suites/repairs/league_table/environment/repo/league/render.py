def render(rows):
    width = max((len(row.team) for row in rows), default=4)
    lines = [f"{'#':>2} {'team':<{width}} {'P':>2} {'GD':>4} {'Pts':>3}"]
    for place, row in enumerate(rows, 1):
        lines.append(f"{place:>2} {row.team:<{width}} {row.played:>2} {row.difference:>+4d} {row.points:>3}")
    return "\n".join(lines)
