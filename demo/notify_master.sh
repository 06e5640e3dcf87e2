#!/bin/bash
# The VIP has come to this host: its MariaDB becomes the primary, if it is not already.
#
# First nothing more is taken from the old primary, nor confirmed to it. Then what was received but
# not yet applied is applied: clients have been told that these rows are safe, and RESET SLAVE would
# throw them away. Only then may anybody write here.

sql() { mariadb --no-defaults --socket=/run/mysqld/mysqld.sock --user=root "$@"; }
field() { sql -e 'SHOW ALL SLAVES STATUS\G' | awk -v name="$1:" '$1 == name { print $2 }'; }

old_primary=$(field Master_Host)
if [ -n "$old_primary" ]; then
	ip route replace unreachable "$old_primary" # else STOP SLAVE waits for it, to say good-bye
	sql -e 'STOP SLAVE IO_THREAD'
	sql -e "SELECT MASTER_GTID_WAIT('$(field Gtid_IO_Pos)', 10); STOP SLAVE; RESET SLAVE ALL"
	ip route delete unreachable "$old_primary"
fi
date +%s.%N >/run/promoted
sql -e 'SET GLOBAL read_only = 0'
