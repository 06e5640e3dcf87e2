#!/bin/bash
# The VIP is not, or no longer, on this host. Who follows whom is decided where the VIP went.
exit 0
