"""A MASTER that dies or leaves is followed by its BACKUP, in time and in the order of RFC 3768."""

from labkit import Buoyd, vrrp

VIP = "10.0.0.100"


def test_backup_takes_the_address_when_the_master_dies(lab):
    a, b = lab.hosts("a", "b")
    wire = lab.sniff()
    Buoyd(a, vrrp(100, state="MASTER")).wait("MASTER")
    backup = Buoyd(b, vrrp(90)).wait("BACKUP")
    wire.first("advert", a, within=2, since=wire.frames[-1].t)
    a.power_cut()
    backup.wait("MASTER", within=4)
    assert b.holds(VIP)
