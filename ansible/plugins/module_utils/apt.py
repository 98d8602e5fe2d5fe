# Copyright (c) pommgr contributors
# MIT License (see LICENSE)

"""Runs apt-get dist-upgrade so that it outlives the connection. Invariant: one at a time, and a second caller waits."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import fcntl
import hashlib
import os
import re
import subprocess
import time

from ansible_collections.pommgr.pommgr.plugins.module_utils import rollout

LOCK_NAME = "upgrade.lock"
ENVIRONMENT = dict(
    APT_LISTCHANGES_FRONTEND="none",
    DEBIAN_FRONTEND="noninteractive",
    HOME="/root",
    LC_ALL="C",
    PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
)
#: $1: where the exit code goes; then the files that the package's version replaces. Every prompt has its answer before
#: apt starts: the host's file stays, and the new one that lies beside it afterwards replaces it where that was chosen.
SCRIPT = """
code_file=$1
shift
dpkg --configure -a --force-confdef --force-confold &&
  apt-get --yes -o DPkg::Lock::Timeout=600 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \
    dist-upgrade
code=$?
for file in "$@"; do
  if [ "$code" -eq 0 ] && [ -f "$file.dpkg-dist" ]; then mv -- "$file.dpkg-dist" "$file" || code=1; fi
done
sync
echo "$code" >"$code_file.new" && mv -- "$code_file.new" "$code_file"
"""


def wait_for_lock(module):
    """Returns the open lock file, once no earlier upgrade runs any more."""
    directory = module.params["directory"]
    if not os.path.isdir(directory):
        os.makedirs(directory, 0o700)
    lock = open(os.path.join(directory, LOCK_NAME), "a")
    deadline = time.time() + module.params["timeout"]
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
        except (IOError, OSError):
            if time.time() > deadline:
                module.fail_json(msg="An earlier upgrade still runs on this node. Run the playbook again later.")
            time.sleep(1)


def keep_due(module, forecast):
    """Keeps why a reboot and which restarts are due: after the upgrade no forecast knows it any more."""
    directory = module.params["directory"]
    ceph = ["%s.%s" % (daemon["kind"], daemon["id"]) for daemon in forecast["ceph"]]
    for name, lines in (
        (rollout.REBOOT_FILE, [reason["what"] for reason in forecast["reboot"]]),
        (rollout.CEPH_FILE, ceph),
    ):
        known = rollout.read_lines(directory, name)
        wanted = known + [line for line in lines if line not in known]
        if wanted != known:
            rollout.write_volatile(directory, name, "".join("%s\n" % line for line in wanted))


def planned_names(module):
    """Returns what apt would do now, as "upgrade name" or "remove name"."""
    code, out, err = module.run_command(["apt-get", "--simulate", "dist-upgrade"], environ_update=ENVIRONMENT)
    if code != 0:
        module.fail_json(msg="apt-get cannot plan the upgrade: %s" % (err or out).strip(), rc=code)
    found = re.findall(r"^(Inst|Remv) (\S+)", out, re.MULTILINE)
    return set("%s %s" % ("remove" if verb == "Remv" else "change", name.split(":")[0]) for verb, name in found)


def require_foreseen(module, planned, foreseen):
    """Fails where apt would do what the forecast does not have."""
    known = set()
    for line in foreseen:
        action, name = line.split(" ")[:2]
        known.add("%s %s" % ("remove" if action == "remove" else "change", name.split(":")[0]))
    others = sorted(planned - known)
    if others:
        module.fail_json(msg="apt would do more than the forecast says: %s. Run the playbook again." % ", ".join(others))


def upgrade(module, lock, replaced):
    """Runs the upgrade to its end, and returns its log and the log's digest."""
    logs = module.params["log_directory"]
    if not os.path.isdir(logs):
        os.makedirs(logs, 0o755)
    log = os.path.join(logs, time.strftime("upgrade-%Y%m%dT%H%M%SZ.log", time.gmtime()))
    code_file = os.path.join(module.params["directory"], "upgrade.code")
    if os.path.exists(code_file):
        os.unlink(code_file)
    known = rollout.read_lines(module.params["directory"], rollout.LOGS_FILE)
    lines = "".join("%s\n" % name for name in known + [log])
    rollout.write_volatile(module.params["directory"], rollout.LOGS_FILE, lines)
    with open(log, "a") as output:
        # The script alone holds the lock, so that no daemon that a package starts keeps it.
        process = subprocess.Popen(
            ["flock", "--close", lock.name, "sh", "-c", SCRIPT, "sh", code_file] + replaced,
            stdin=open(os.devnull),
            stdout=output,
            stderr=subprocess.STDOUT,
            env=ENVIRONMENT,
            cwd="/",
            start_new_session=True,
        )
        lock.close()
    deadline = time.time() + module.params["timeout"]
    while process.poll() is None:
        if time.time() > deadline:
            module.fail_json(msg="The upgrade takes longer than expected and still runs: %s." % log, log=log)
        time.sleep(0.2)
    with open(log, "rb") as stream:
        text = stream.read()
    codes = rollout.read_lines(module.params["directory"], "upgrade.code")
    if codes != ["0"]:
        tail = "\n".join(text.decode("utf-8", "replace").splitlines()[-20:])
        module.fail_json(msg="The upgrade failed. The end of %s:\n%s" % (log, tail), log=log)
    return log, hashlib.sha256(text).hexdigest()
