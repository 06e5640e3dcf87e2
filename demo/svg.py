"""The story as a picture: the seconds around the cut, and below the milliseconds after master-down."""

import math
from xml.sax.saxutils import escape

WIDTH, LEFT, RIGHT = 1000, 150, 40
INK, FAINT, GRID = "#1f2933", "#7b8794", "#e4e7eb"
BLUE, ORANGE, GREEN, RED = "#2563eb", "#d97706", "#15803d", "#c81e1e"


class Canvas:
    def __init__(self):
        self.parts = []

    def text(self, x, y, text, size=13, fill=INK, anchor="start", weight="normal"):
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{fill}" '
                          f'text-anchor="{anchor}" font-weight="{weight}">{escape(text)}</text>')

    def line(self, x1, y1, x2, y2, stroke=GRID, width=1.0, dash=""):
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
                          f'stroke="{stroke}" stroke-width="{width}"{dashes}/>')

    def box(self, x, y, width, height, fill, opacity=1.0):
        self.parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.5):.1f}" height="{height}" '
                          f'fill="{fill}" fill-opacity="{opacity}"/>')

    def dot(self, x, y, fill, radius=5):
        self.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{fill}"/>')

    def svg(self, height, title):
        return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
                f'viewBox="0 0 {WIDTH} {height}" font-family="system-ui, sans-serif">\n'
                f"<title>{escape(title)}</title>\n"
                f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>\n' + "\n".join(self.parts) + "\n</svg>\n")


def _seconds(c, story, top):
    """Lanes over the whole time."""
    begin, end = -1.5, story.written + 1.0

    def x(t):
        return LEFT + (t - begin) / (end - begin) * (WIDTH - LEFT - RIGHT)

    bottom = top + 190
    for second in range(math.ceil(begin), math.floor(end) + 1):
        c.line(x(second), top, x(second), bottom)
        c.text(x(second), bottom + 18, f"{second:+d} s" if second else "cut", 12, FAINT, "middle")
    c.box(x(0), top, x(story.written) - x(0), 190, RED, 0.05)
    c.line(x(0), top - 8, x(0), bottom, RED, 1.5)
    c.line(x(story.master_down), top - 8, x(story.master_down), bottom, FAINT, 1.2, "4 3")
    c.text(x(0) + 5, top - 10, "power cut of host1", 12, RED, weight="bold")
    c.text(x(story.master_down) - 5, top - 10, "master-down", 12, FAINT, "end")
    lanes = [("adverts, host1", top + 30), ("adverts, host2", top + 70), ("VIP answers pings", top + 110),
             ("rows acknowledged", top + 155)]
    for name, y in lanes:
        c.text(LEFT - 14, y + 4, name, 13, INK, "end")
        c.line(LEFT, y, WIDTH - RIGHT, y)
    for host, colour, (_, y) in (("host1", BLUE, lanes[0]), ("host2", ORANGE, lanes[1])):
        for t in story.adverts[host]:
            if begin <= t <= end:
                c.dot(x(t), y, colour)
    y, (down, up) = lanes[2][1], story.outage
    c.box(x(begin), y - 7, x(down) - x(begin), 14, BLUE, 0.75)
    c.box(x(up), y - 7, x(end) - x(up), 14, ORANGE, 0.75)
    c.text((x(down) + x(up)) / 2, y + 5, f"{up - down:.3f} s", 13, RED, "middle", "bold")
    y = lanes[3][1]
    for t in story.rows:
        if begin <= t <= end:
            c.box(x(t), y - 12, 0.8, 24, GREEN)
    c.text((x(story.last_row) + x(story.written)) / 2, y + 5, f"{story.written - story.last_row:.3f} s", 13, RED,
           "middle", "bold")


def _milliseconds(c, story, top):
    """The takeover on a logarithmic axis."""
    events = [((t - story.master_down) * 1000, short) for t, _, short in story.milestones()[3:]]
    low = min(-1.0, math.floor(math.log10(max(min(t for t, _ in events), 0.01))))
    high = math.ceil(math.log10(max(t for t, _ in events)))

    def x(ms):
        return LEFT + (math.log10(max(ms, 10 ** low)) - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    axis = top + 36 * len(events) + 8
    for power in range(int(low), int(high) + 1):
        c.line(x(10.0 ** power), top, x(10.0 ** power), axis)
        c.text(x(10.0 ** power), axis + 18, f"{10.0 ** power:g} ms", 12, FAINT, "middle")
    c.line(LEFT, axis, WIDTH - RIGHT, axis, FAINT)
    for i, (ms, name) in enumerate(events):
        y = top + 22 + 36 * i
        colour = GREEN if name == "first row" else ORANGE
        c.line(LEFT, y, x(ms), y, colour, 2)
        c.line(x(ms), y, x(ms), axis, GRID, 1, "2 3")
        c.dot(x(ms), y, colour)
        c.text(LEFT - 14, y + 4, name, 13, INK, "end")
        left = x(ms) > WIDTH - RIGHT - 90
        c.text(x(ms) + (-10 if left else 10), y - 6 if left else y + 4, f"{ms:.2f} ms", 12, FAINT,
               "end" if left else "start")
    return axis


def draw(story):
    """The picture as text."""
    c = Canvas()
    c.text(30, 38, "A client keeps its database when the host under it dies", 20, weight="bold")
    lost = f"{len(story.lost)} lost" if story.lost else "none lost"
    mode = "semi-synchronous" if story.semi_sync else "asynchronous"
    c.text(30, 62, f"MariaDB {story.version.partition('-')[0]}, {mode} GTID replica; VRRPv2, advert_int 1, "
                   f"priorities 100 and {story.backup_priority}; {story.acknowledged} rows acknowledged, {lost}", 13, FAINT)
    _seconds(c, story, 110)
    c.text(30, 368, "The takeover: milliseconds after the moment the protocol allows it", 15, weight="bold")
    axis = _milliseconds(c, story, 385)
    return c.svg(axis + 40, "buoy failover timeline")
