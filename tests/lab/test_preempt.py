"""Who comes back with the higher priority takes the address at once, later, or not at all."""

import time

from labkit import Buoyd, until, vrrp
from labkit.wait import never

VIP = "10.0.0.100"


def test_nopreempt_leaves_the_address_where_it_is_until_its_holder_dies(lab):
    a, b = lab.hosts("a", "b")
    wire = lab.sniff()
    holder = Buoyd(b, vrrp(90, state="MASTER")).wait("MASTER")
    better = Buoyd(a, vrrp(100, extra="    nopreempt")).wait("BACKUP")
    never(lambda: better.state() == "MASTER", during=5)
    assert wire.all("advert", a) == [] and b.holds(VIP)
    holder.crash()
    better.wait("MASTER", within=5)


def test_preempt_delay_is_waited_out_from_the_first_lower_advert(lab):
    a, b = lab.hosts("a", "b")
    wire = lab.sniff()
    Buoyd(b, vrrp(90, state="MASTER")).wait("MASTER")
    begin = time.time()
    better = Buoyd(a, vrrp(100, extra="    preempt_delay 5")).wait("BACKUP")
    better.wait("MASTER", within=11)
    heard = wire.all("advert", b, since=begin)[0].t
    waited = wire.first("advert", a).t - heard
    assert 5 <= waited < 5 + 1 + 3.7
    until(lambda: a.holds(VIP) and not b.holds(VIP), 1)


def test_preempt_delay_does_not_hold_it_back_when_the_master_is_gone(lab):
    a, b = lab.hosts("a", "b")
    wire = lab.sniff()
    holder = Buoyd(b, vrrp(90, state="MASTER")).wait("MASTER")
    better = Buoyd(a, vrrp(100, extra="    preempt_delay 300"))
    better.wait_log("preempt delay", within=4)
    until(lambda: len(wire.all("advert", b)) >= 2, 3)
    holder.crash()
    better.wait("MASTER", within=5)
    assert wire.first("advert", a).t - wire.last("advert", b).t < 3 + 156 / 256 + 0.2


def test_it_preempts_at_once_by_default(lab):
    a, b = lab.hosts("a", "b")
    wire = lab.sniff()
    lower = Buoyd(b, vrrp(90, state="MASTER")).wait("MASTER")
    begin = time.time()
    Buoyd(a, vrrp(100)).wait("MASTER", within=6)
    assert wire.first("advert", a).t - begin < 3 + 156 / 256 + 0.5
    lower.wait("BACKUP", within=1)
    until(lambda: a.holds(VIP) and not b.holds(VIP), 1)
