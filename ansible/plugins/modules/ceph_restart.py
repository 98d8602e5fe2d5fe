#!/usr/bin/python
# Copyright (c) pommgr contributors
# MIT License (see LICENSE)

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
---
module: ceph_restart
short_description: Restart the Ceph daemons of a node that run with replaced files
description:
  - Restarts one daemon after the other, each only when Ceph says that it may stop, and waits until it is back.
  - OSDs are restarted by C(/nodes/NODE/ceph/restart-bulk) where the API has it.
  - What is done is taken off the list, so that a later run goes on with the rest.
options:
  node:
    description: Name of the node.
    type: str
    required: true
  daemons:
    description: Daemons in their order, as C(mon.pve1) or C(osd.3).
    type: list
    elements: str
    required: true
  directory:
    description: Directory with what is due until the next boot.
    type: path
    default: /run/pommgr-rollout
  timeout:
    description: Seconds to wait for each daemon.
    type: int
    default: 600
author:
  - pommgr contributors (@pommgr)
attributes:
  check_mode:
    description: Says which daemons would be restarted.
    support: full
  diff_mode:
    description: Shows the daemons that are due before and after.
    support: full
"""

EXAMPLES = r"""
- name: Restart what runs with old files
  pommgr.pommgr.ceph_restart:
    node: pve2
    daemons: [mon.pve2, osd.1]
"""

RETURN = r"""
restarted:
  description: Daemons that were restarted.
  type: list
  elements: str
  returned: success
"""

import json
import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.pommgr.pommgr.plugins.module_utils import program, rollout

UNITS = dict(mon="ceph-mon@%s", mgr="ceph-mgr@%s", osd="ceph-osd@%s", mds="ceph-mds@%s", rgw="ceph-radosgw@%s")


def ceph(module, *args):
    """Returns Ceph's answer, or null where it has none now."""
    command = ["ceph", "--connect-timeout", "10"] + list(args)
    code, out, err = module.run_command(command)
    return out if code == 0 else None


def wait(module, what, test):
    deadline = time.time() + module.params["timeout"]
    while not test():
        if time.time() > deadline:
            module.fail_json(msg="Waited %d seconds until %s." % (module.params["timeout"], what))
        time.sleep(2)


def is_clean(module):
    """Returns whether all MONs are in quorum and all placement groups active and clean."""
    try:
        status = json.loads(ceph(module, "status", "--format", "json") or "")
        states = status["pgmap"]["pgs_by_state"]
        clean = sum(entry["count"] for entry in states if entry["state_name"].startswith("active+clean"))
        return len(status["quorum_names"]) == status["monmap"]["num_mons"] and clean == status["pgmap"]["num_pgs"]
    except (ValueError, KeyError, TypeError):
        return False


def restart_by_hand(module, kind, name):
    if kind in ("mon", "osd", "mds"):
        wait(module, "Ceph lets %s.%s stop" % (kind, name), lambda: ceph(module, kind, "ok-to-stop", name) is not None)
    unit = UNITS[kind] % name
    program.run_tool(module, ["systemctl", "restart", unit])
    wait(module, "%s is active" % unit, lambda: module.run_command(["systemctl", "is-active", unit])[0] == 0)
    wait(module, "Ceph is whole again after %s.%s" % (kind, name), lambda: is_clean(module))


def has_bulk(module, path):
    return module.run_command(["pvesh", "usage", path, "--command", "create"])[0] == 0


def main():
    module = AnsibleModule(
        argument_spec=dict(
            node=dict(type="str", required=True),
            daemons=dict(type="list", elements="str", required=True),
            directory=dict(type="path", default=rollout.DIRECTORY),
            timeout=dict(type="int", default=600),
        ),
        supports_check_mode=True,
    )
    daemons = module.params["daemons"]
    unknown = [name for name in daemons if name.split(".")[0] not in UNITS or "." not in name]
    if unknown:
        module.fail_json(msg="Expected daemons as mon.pve1, found %s." % ", ".join(unknown))
    path = "/nodes/%s/ceph/restart-bulk" % module.params["node"]
    left = list(daemons)
    while left and not module.check_mode:
        kind, name = left[0].split(".", 1)
        if kind == "osd" and has_bulk(module, path):
            program.run_tool(module, ["pvesh", "create", path, "--service-type", "osd", "--only-outdated", "1"])
            wait(module, "Ceph is whole again after its OSDs", lambda: is_clean(module))
            left = [daemon for daemon in left if not daemon.startswith("osd.")]
        else:
            restart_by_hand(module, kind, name)
            left = left[1:]
        text = "".join("%s\n" % daemon for daemon in left)
        rollout.write_volatile(module.params["directory"], rollout.CEPH_FILE, text)
    due = "".join("%s\n" % daemon for daemon in daemons)
    module.exit_json(changed=bool(daemons), restarted=daemons, diff=dict(before=due, after=""))


if __name__ == "__main__":
    main()
