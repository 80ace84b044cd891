from splitbill.share import split_amount


class Group:
    def __init__(self, members):
        self.balance = dict.fromkeys(members, 0)

    def pay(self, payer, cents, weights=None):
        """`payer` paid for all; `weights` by member, default equal shares."""
        names = list(self.balance)
        shares = split_amount(cents, [1 if weights is None else weights.get(name, 0) for name in names])
        self.balance[payer] += cents
        for name, share in zip(names, shares):
            self.balance[name] -= share

    def transfers(self):
        """(from, to, cents) that settle everything, largest debts first."""
        open_ = dict(self.balance)
        moves = []
        while any(open_.values()):
            debtor = min(open_, key=open_.get)
            creditor = max(open_, key=open_.get)
            cents = min(-open_[debtor], open_[creditor])
            if cents <= 0:
                raise ArithmeticError("the balances do not cancel out")
            open_[debtor] += cents
            open_[creditor] -= cents
            moves.append((debtor, creditor, cents))
        return moves
