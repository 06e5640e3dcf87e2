"""Real MariaDB servers on hosts: a primary and its GTID replica, and a client that writes rows."""

import json
import os
import shutil
import signal
import subprocess
import sys

from . import mysql
from .wait import until

SOCKET = "/run/mysqld/mysqld.sock"
APP, APP_PASSWORD, DATABASE = "app", "SecureAppPassword", "shop"

USERS = f"""
FLUSH PRIVILEGES;
CREATE USER monitor@'127.0.0.1' IDENTIFIED BY 'SecureMonitorPassword';
GRANT SLAVE MONITOR ON *.* TO monitor@'127.0.0.1';
CREATE USER replica@'%' IDENTIFIED BY 'SecureReplicaPassword';
GRANT REPLICATION SLAVE ON *.* TO replica@'%';
CREATE DATABASE {DATABASE};
CREATE TABLE {DATABASE}.orders (n INT UNSIGNED PRIMARY KEY, at TIMESTAMP(6) DEFAULT CURRENT_TIMESTAMP(6)) ENGINE=InnoDB;
CREATE USER {APP}@'%' IDENTIFIED BY '{APP_PASSWORD}';
GRANT SELECT, INSERT, DELETE ON {DATABASE}.* TO {APP}@'%';
"""

SMALL = ["--innodb-log-file-size=8M", "--innodb-buffer-pool-size=16M", "--performance-schema=OFF",
         "--aria-log-file-size=8M"]


def why_not():
    """Why there can be no MariaDB here, or None."""
    missing = [p for p in ("mariadbd", "mariadb-install-db", "mariadb", "mariadb-admin")
               if not shutil.which(p, path="/usr/bin:/usr/sbin:/bin:/sbin")]
    return f"{', '.join(missing)} not installed (mariadb-server, mariadb-client)" if missing else None


def install(lab):
    """Makes one data directory with the users and the table; the servers get copies of it."""
    data, users = lab.dir / "mysql", lab.dir / "users.sql"
    users.write_text(USERS)
    done = subprocess.run(
        ["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--skip-test-db", *SMALL[:1],
         "--auth-root-authentication-method=normal", f"--extra-file={users}", "--user=root"],
        capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise RuntimeError(f"mariadb-install-db: {done.stdout}{done.stderr}")
    return data


class Maria:
    def __init__(self, host, data, server_id, *options):
        """Starts a server; wait_ready() says when it answers."""
        self.host = host
        shutil.copytree(data, host.path("/var/lib/mysql"), dirs_exist_ok=True)
        host.path("/run/mysqld").mkdir()
        with open(host.log_file("mariadbd"), "wb") as log:
            self.process = host.popen(
                "mariadbd", "--no-defaults", "--user=root", "--datadir=/var/lib/mysql", f"--socket={SOCKET}",
                "--pid-file=/run/mysqld/mysqld.pid", "--bind-address=0.0.0.0", "--skip-name-resolve",
                f"--server-id={server_id}", "--log-bin=binlog", "--log-slave-updates", "--gtid-strict-mode=1",
                "--sync-binlog=1", "--innodb-flush-log-at-trx-commit=1", "--slave-net-timeout=5", *SMALL,
                *options, stdout=log, stderr=log)

    def wait_ready(self, within=20):
        until(lambda: self.sql("SELECT 1", check=False) == "1\n", within, f"mariadbd on {self.host.name}")
        return self

    def sql(self, text, check=True):
        """Runs statements as root; rows come back one a line, columns apart by tabs."""
        return self.host.run("mariadb", "--no-defaults", f"--socket={SOCKET}", "-u", "root", "-N", "-e", text,
                             check=check).stdout

    def follow(self, primary):
        self.sql(f"CHANGE MASTER TO MASTER_HOST='{primary.host.address}', MASTER_USER='replica', "
                 "MASTER_PASSWORD='SecureReplicaPassword', MASTER_USE_GTID=slave_pos, "
                 "MASTER_CONNECT_RETRY=1; START SLAVE")

    def rows(self):
        """The set of numbers in the table."""
        return {int(n) for n in self.sql(f"SELECT n FROM {DATABASE}.orders").split()}


def primary_and_replica(lab, first, second, semi_sync=True):
    """Two servers, the second following the first, read only. Waits until replication runs."""
    data = install(lab)
    lead = ["--rpl-semi-sync-master-enabled=1", "--rpl-semi-sync-master-wait-point=AFTER_SYNC",
            "--rpl-semi-sync-master-timeout=10000"] if semi_sync else []
    tail = ["--rpl-semi-sync-slave-enabled=1"] if semi_sync else []
    primary = Maria(first, data, 1, *lead)
    replica = Maria(second, data, 2, "--read-only=1", *tail)
    primary.wait_ready()
    replica.wait_ready().follow(primary)
    until(lambda: "Yes\tYes" in "\t".join(
        replica.sql("SHOW ALL SLAVES STATUS").split("\t")[12:14]), 10, "running replication")
    if semi_sync:
        until(lambda: "ON" in primary.sql("SHOW STATUS LIKE 'Rpl_semi_sync_master_status'") and
              "\t1" in primary.sql("SHOW STATUS LIKE 'Rpl_semi_sync_master_clients'"), 10, "semi-synchronous replica")
    return primary, replica


class Writer:
    """The client: a process on |host| that writes rows to |address| until stop()."""

    def __init__(self, host, address, pause_ms=10, timeout_ms=250):
        self.result = None
        self._process = host.popen(sys.executable, "-I", "-S", os.path.abspath(mysql.__file__), address, APP,
                                   APP_PASSWORD, DATABASE, pause_ms, timeout_ms,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout.readline() == "ready\n", "the writer did not start"
        host.lab.on_close(self)

    def stop(self):
        """{"acknowledged": [(number, time)], "failures": [(time, error code or 0, text)]}"""
        if self.result is None:
            out, _ = self._process.communicate(timeout=20)
            self.result = json.loads(out)
        return self.result

    def close(self):
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
