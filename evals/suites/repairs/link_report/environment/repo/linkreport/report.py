from urllib.parse import urlsplit

from linkreport.extract import links


def by_host(text):
    """Links grouped by host; targets without a host are under the empty string."""
    groups = {}
    for link in links(text):
        groups.setdefault(urlsplit(link.target).hostname or "", []).append(link)
    return groups


def report(text):
    lines = []
    for host, found in sorted(by_host(text).items()):
        lines.append(f"{host or '(local)'}: {len(found)}")
        lines.extend(f"  {link.line}: {link.title}" for link in found)
    return "\n".join(lines)
