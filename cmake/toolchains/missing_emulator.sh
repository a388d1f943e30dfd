#!/bin/sh
# Runs in place of a test whose emulator is not installed: missing_emulator.sh <program> <package> [ignored ...].
# Status 77 is what the tests declare as SKIP_RETURN_CODE.
echo "skipped: $1 is not installed: apt-get install $2"
exit 77
