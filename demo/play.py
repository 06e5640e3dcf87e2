"""The demonstration itself: two database hosts, one client, a power cut. Shows nothing, returns what happened."""

import dataclasses
import pathlib
import time

from labkit import Buoyd, Lab, own_root, until
from labkit.maria import Writer, primary_and_replica
from labkit.watch import AddressWatch

HERE = pathlib.Path(__file__).resolve().parent
VIP, INSTANCE = "10.0.1.100", "MARIADB_VIP"
ADVERT_INT = 1
SCRIPTS = ("check_mariadb.sh", "notify_master.sh", "notify_backup.sh", "notify_fault.sh")


@dataclasses.dataclass
class Story:
    """Times in seconds since the power cut."""
    semi_sync: bool
    backup_priority: int = 0
    processes_killed: int = 0
    last_advert: float = 0.0
    master_down: float = 0.0       # the moment the protocol lets host 2 conclude it
    first_advert: float = 0.0
    address_added: float = 0.0     # when a listener on host 2 was told
    garp: float = 0.0
    answered: float = 0.0          # first ping answered again
    promoted: float = 0.0
    written: float = 0.0           # first row acknowledged again
    last_row: float = 0.0          # last row acknowledged before
    acknowledged: int = 0
    acknowledged_before: int = 0
    lost: list = dataclasses.field(default_factory=list)
    unanswered_but_kept: list = dataclasses.field(default_factory=list)
    refused_read_only: int = 0
    adverts: dict = dataclasses.field(default_factory=dict)  # host -> times
    rows: list = dataclasses.field(default_factory=list)     # times of acknowledgements
    failures: list = dataclasses.field(default_factory=list)
    outage: tuple = ()             # the gap between two answered pings
    status: str = ""               # what buoy status says on host 2 at the end
    version: str = ""

    def milestones(self):
        """[(time, what, short)] in the order of the protocol."""
        return [
            (self.last_advert, "last advert of host1", "last advert"),
            (0.0, "power cut: link dead, "
                  f"all {self.processes_killed} processes of host1 killed", "power cut"),
            (self.master_down, f"Master_Down_Interval over: last advert + 3 x {ADVERT_INT} s + "
                               f"(256 - {self.backup_priority})/256 s", "master-down"),
            (self.first_advert, "host2 says it is MASTER: first advert", "first advert"),
            (self.address_added, f"{VIP} is on host2 (a netlink listener was told)", "address added"),
            (self.garp, "first gratuitous ARP: the switch and the client know", "gratuitous ARP"),
            (self.answered, f"first packet answered by {VIP}", "first answer"),
            (self.promoted, "replica promoted by notify_master", "promoted"),
            (self.written, "first row written again", "first row"),
        ]


def install_scripts(host):
    for name in SCRIPTS:
        host.write(f"/usr/local/bin/{name}", (HERE / name).read_text(), mode=0o755)


def configuration(name, say):
    text = (HERE / name).read_text()
    if own_root() or "enable_script_security" not in text:
        return text
    say("not root of this machine: enable_script_security is left out, for its files are somebody else's here")
    return text.replace("\tenable_script_security\n", "")


def start_daemons(host1, host2, wire, say):
    master = Buoyd(host1, configuration("node1.conf", say))
    backup = Buoyd(host2, configuration("node2.conf", say))
    master.wait("MASTER", within=8, name=INSTANCE)
    backup.wait("BACKUP", within=5, name=INSTANCE)
    # a replica is read only, so the check fails there and costs 20
    backup.wait_log("Changing effective priority from 90 to 70", within=8)
    host1.run("/usr/local/bin/check_mariadb.sh")  # and there it does not
    wire.first("advert", host1, priority=100, within=8)
    return backup


def play(say, semi_sync=True, seconds=3.0):
    """Plays it all; say(text) is called with what is going on. |seconds|: how long rows are written before the
    cut, and how long after service is back. Raises when service does not come back."""
    with Lab("10.0.1.0/24", first=11) as lab:
        try:
            return _play(lab, say, semi_sync, seconds)
        except Exception:
            say("it went wrong; this is what was said:\n" + lab.story())
            raise


def _play(lab, say, semi_sync, seconds):
    host1, host2, client = lab.hosts("host1", "host2", "client")
    wire, watch = lab.sniff(), AddressWatch(host2)
    say(f"three hosts at a switch: host1 {host1.address}, host2 {host2.address}, client {client.address}")
    primary, replica = primary_and_replica(lab, host1, host2, semi_sync)
    version = primary.sql("SELECT VERSION()").strip()
    say(f"MariaDB {version.partition('-')[0]}: primary on host1, "
        f"{'semi-synchronous' if semi_sync else 'asynchronous'} GTID replica on host2, read only")
    install_scripts(host1)
    install_scripts(host2)
    backup = start_daemons(host1, host2, wire, say)
    say(f"buoyd: host1 is MASTER (100) and holds {VIP}, host2 is BACKUP (90 - 20, its database is read only)")

    probe, writer = client.probe(VIP), Writer(client, VIP, timeout_ms=100)
    until(lambda: len(replica.rows()) >= 20, 10, "rows arriving")
    say(f"the client knows only {VIP}: it writes numbered rows and pings every millisecond")
    time.sleep(seconds)
    story = Story(semi_sync, version=version, processes_killed=len(host1.processes()))
    cut = host1.power_cut()
    say(f"POWER CUT of host1: {story.processes_killed} processes gone, cable dead")
    backup.wait("MASTER", within=8, name=INSTANCE)
    say("host2 has taken over")
    at_cut = max(replica.rows())
    until(lambda: max(replica.rows()) > at_cut + 50, 15, "rows written after the cut")
    time.sleep(seconds)
    result, report = writer.stop(), probe.stop()
    say("the client writes on; counting its rows")
    kept = replica.rows()
    story.status = _status(backup)
    _tell(story, cut, host1, host2, wire, watch, result, report, kept)
    assert backup.stop() == 0, "buoyd on host2 did not end well"
    assert not lab.sanitizer_reports(), lab.sanitizer_reports()
    return story


def _status(daemon):
    if daemon.program != "buoyd":
        return ""
    from labkit.build import build_dir
    return daemon.host.run(build_dir() / "buoy", "status").stdout.rstrip()


def _tell(story, cut, host1, host2, wire, watch, result, report, kept):
    adverts = {h.name: [f.t - cut for f in wire.all("advert", h) if f.priority > 0] for h in (host1, host2)}
    first = wire.first("advert", host2)
    story.adverts = adverts
    story.backup_priority = first.priority
    story.last_advert = adverts["host1"][-1]
    story.master_down = story.last_advert + 3 * ADVERT_INT + (256 - first.priority) / 256
    story.first_advert = first.t - cut
    story.address_added = watch.added(VIP, since=cut) - cut
    story.garp = wire.first("garp", host2, src=VIP).t - cut
    story.answered = report.first_answer(since=first.t) - cut
    story.promoted = float(host2.read("/run/promoted")) - cut
    gap = max(report.gaps(), key=lambda g: g[1] - g[0])
    story.outage = (gap[0] - cut, gap[1] - cut)

    rows = {n: t - cut for n, t in result["acknowledged"]}
    story.rows = list(rows.values())
    story.written = min(t for t in rows.values() if t > story.garp)
    story.last_row = max(t for t in rows.values() if t < story.garp)
    story.acknowledged, story.acknowledged_before = len(rows), sum(t < story.garp for t in rows.values())
    story.lost = sorted(set(rows) - kept)
    story.unanswered_but_kept = sorted(kept - set(rows))
    story.failures = [t - cut for t, _, _ in result["failures"]]
    story.refused_read_only = sum(code == 1290 for _, code, _ in result["failures"])
