class OutOfRange(Exception):
    pass


class Limit:
    def __init__(self, low=None, high=None):
        self.low = low
        self.high = high

    def check(self, value):
        if self.low is not None and value < self.low:
            raise OutOfRange(f"{value} is below {self.low}")
        if self.high is not None and value > self.high:
            raise OutOfRange(f"{value} is above {self.high}")
        return value
