"""The story on a terminal."""

import os
import sys

WIDTH = 76


def _colour():
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def paint(text, code):
    return f"\033[{code}m{text}\033[0m" if _colour() else text


def _plain():
    return "utf" not in (sys.stdout.encoding or "").lower()


SYMBOLS = {"●": "o", "✗": "X", "▂": "|", "█": "=", "·": ".", "─": "-", "│": "|", "┄": "."}


def write(text="", out=None):
    if _plain():
        for symbol, instead in SYMBOLS.items():
            text = text.replace(symbol, instead)
        text = text.encode("ascii", "replace").decode()
    print(text, file=out or sys.stdout, flush=True)


def title():
    write()
    write(paint("  buoy: a client keeps its database when the host under it dies", "1"))
    write()


def clock(seconds):
    """Seconds with as many digits as the moment deserves."""
    return f"{seconds:+10.4f} s"


def timeline(story):
    write()
    write(paint("  since the cut     what", "1"))
    for t, what, short in story.milestones():
        code = {"power cut": "1;31", "first row": "1;32", "master-down": "2"}.get(short, "0")
        symbol = "✗" if short == "power cut" else "┄" if short == "master-down" else "●"
        more = ""
        if short in ("first advert", "address added", "gratuitous ARP", "first answer", "promoted", "first row"):
            more = paint(f"  +{(t - story.master_down) * 1000:.1f} ms", "2")
        write(f"  {paint(clock(t), code)}  {paint(symbol + ' ' + what, code)}{more}")


def lanes(story):
    """Three rows of characters, 80 ms each or a little more: who spoke, who answered, what was written."""
    begin, end = -1.2, story.written + 0.8
    step = (end - begin) / (WIDTH - 12)

    def column(t):
        return int((t - begin) / step)

    def lane(marks):
        cells = ["·"] * (WIDTH - 12)
        for times, symbol, code in marks:
            for t in times:
                if begin <= t < end:
                    cells[column(t)] = paint(symbol, code)
        return "".join(cells)

    up = [begin + i * step for i in range(WIDTH - 12)
          if not story.outage[0] < begin + (i + 0.5) * step < story.outage[1]]
    write()
    write("  adverts   " + lane([(story.adverts["host1"], "●", "34"), (story.adverts["host2"], "●", "33"),
                                 ([0.0], "✗", "1;31")]))
    write("  VIP pings " + lane([(up, "█", "32")]))
    write("  rows      " + lane([(story.rows, "▂", "32")]))
    scale = [" "] * (WIDTH - 12)
    for second in range(int(begin), int(end) + 1):
        text = f"{second:+d}s" if second else "cut"
        at = column(second)
        if 0 <= at <= len(scale) - len(text):
            scale[at:at + len(text)] = text
    write("            " + "".join(scale))


def numbers(names):
    return ", ".join(map(str, names[:10])) + (" ..." if len(names) > 10 else "")


def balance(story):
    write()
    gap, silent = story.outage[1] - story.outage[0], story.written - story.last_row
    write(f"  {paint(f'{gap:.3f} s', '1')} without an answer from the VIP; "
          f"{paint(f'{silent:.3f} s', '1')} between two rows.")
    write(f"  Of that, the protocol itself asks for {story.master_down:.3f} s after the cut; "
          f"buoyd announced {1000 * (story.garp - story.master_down):.2f} ms later.")
    lost = (paint(f"{len(story.lost)} of them are LOST: {numbers(story.lost)}", "1;31") if story.lost
            else paint("none of them is lost", "1;32"))
    write(f"  {story.acknowledged} rows acknowledged to the client ({story.acknowledged_before} before the cut), "
          f"{lost}.")
    if story.unanswered_but_kept:
        write(f"  {len(story.unanswered_but_kept)} more was written without an answer reaching the client.")
    write("  " + ("Replication was semi-synchronous: host1 answered only what host2 had received. With the "
                  "usual\n  asynchronous one the last rows can be lost; try --async." if story.semi_sync else
                  "Replication was asynchronous, so the last rows before the cut may be lost with host1."))
    if story.refused_read_only:
        write(f"  {story.refused_read_only} writes reached host2 before its promotion and were refused (error 1290).")
    if story.status:
        write()
        write(paint("  buoy status on host2:", "1"))
        for line in story.status.splitlines():
            write("    " + line)
    write()
