"""Stock kept in lots; what came in first goes out first."""


class NotEnough(Exception):
    pass


class Lot:
    def __init__(self, quantity, unit_cost):
        if quantity <= 0:
            raise ValueError("a lot needs a positive quantity")
        self.quantity = quantity
        self.unit_cost = unit_cost


class Lots:
    def __init__(self):
        self._lots = []
        self.issued = 0

    @property
    def on_hand(self):
        return sum(lot.quantity for lot in self._lots)

    @property
    def value(self):
        return sum(lot.quantity * lot.unit_cost for lot in self._lots)

    def receive(self, quantity, unit_cost):
        self._lots.append(Lot(quantity, unit_cost))

    def take(self, quantity):
        """Remove `quantity` and return its cost."""
        if quantity > self.on_hand:
            raise NotEnough(f"{quantity} wanted, {self.on_hand} on hand")
        cost = 0
        wanted = quantity
        while wanted:
            lot = self._lots[0]
            part = min(wanted, lot.quantity)
            cost += part * lot.unit_cost
            wanted -= part
            if part == lot.quantity:
                self._lots.pop(0)
        self.issued += quantity
        return cost
