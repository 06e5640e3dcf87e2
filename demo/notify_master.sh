#!/bin/bash
# The VIP has come to this host: its MariaDB becomes the primary, if it is not already.
#
# What the replica has received but not yet applied is applied first: the primary that is gone has
# told its clients that these rows are safe, and RESET SLAVE would throw them away.

sql() { mariadb --no-defaults --socket=/run/mysqld/mysqld.sock --user=root -N "$@"; }

status=$(sql -e 'SHOW ALL SLAVES STATUS\G')
if [ -n "$status" ]; then
	sql -e 'STOP SLAVE IO_THREAD'
	received=$(sql -e 'SHOW ALL SLAVES STATUS\G' | awk '$1 == "Gtid_IO_Pos:" { print $2 }')
	sql -e "SELECT MASTER_GTID_WAIT('$received', 10); STOP SLAVE; RESET SLAVE ALL" >/dev/null
fi
sql -e 'SET GLOBAL read_only = 0'
date +%s.%N >/run/promoted
