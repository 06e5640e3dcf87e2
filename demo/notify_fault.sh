#!/bin/bash
# This host cannot hold the VIP. A real one would call somebody.
exit 0
