"""The credential proxy: a vendor's command-line tool works in a sandbox with a placeholder key, and its one way out is
a socket to here, where the real key is added, answers are checked to be whole, and money is counted.

`gateway.opened` is the way in, docs/credentials.md says what holds. Deciding is pure (`policy`, `account`, `answer`,
`headers`, `quota`, `refusal`); I/O is in `http1`, `visit`, `proxy`, `gateway` and `log`.
"""
