"""A laboratory of hosts, made of namespaces.

A host has its own network, mounts, process ids, name and System V IPC, its own /run, /tmp,
/usr/local/bin and /var/lib/mysql. A switch is one more host with a bridge in it. Everything is held
alive by one small process a host (holder.py): when that dies the kernel takes the rest away, so even
a killed test run leaves no process, no namespace and no interface behind.

    lab = Lab()                       everything below, and close() for the end of it
    a, b, client = lab.hosts("a", "b", "client")
    wire = lab.sniff()                every VRRP advert and ARP frame, with the kernel's time
    master = Buoyd(a, vrrp(priority=100))
    a.power_cut()                     cable out, all processes gone
    a.unplug(), a.plug()              the cable alone
    a.drop_vrrp("in")                 the partition nobody sees: nftables
    client.probe("10.0.0.100")        one ping a millisecond, and the gaps in the answers
"""

from .build import ours_is_keepalived
from .conf import SECURE, vrrp
from .daemon import Buoyd, Daemon, Keepalived
from .host import Host
from .lab import Lab, own_root, why_not
from .wait import Timeout, until

__all__ = ["Buoyd", "Daemon", "Host", "Keepalived", "Lab", "SECURE", "Timeout", "ours_is_keepalived", "own_root",
           "until", "vrrp", "why_not"]
