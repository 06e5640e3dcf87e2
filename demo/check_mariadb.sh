#!/bin/bash
# Is the MariaDB of this host fit to stand behind the VIP? It is when it answers, when it takes
# writes, and, if it is a replica, when it is no more than a minute behind its primary.

export MYSQL_PWD=SecureMonitorPassword
login=(--no-defaults --host=localhost --port=3306 --user=monitor --connect-timeout=2)
max_lag=60

mariadb-admin "${login[@]}" ping >/dev/null 2>&1 || exit 1

read_only=$(mariadb "${login[@]}" -N -e 'SELECT @@global.read_only' 2>/dev/null) || exit 1
[ "$read_only" = 0 ] || exit 1

lag=$(mariadb "${login[@]}" -e 'SHOW ALL SLAVES STATUS\G' 2>/dev/null |
	awk '$1 == "Seconds_Behind_Master:" { print $2 }')
case $lag in
'' | NULL) exit 0 ;;
esac
[ "$lag" -le "$max_lag" ]
