#!/usr/bin/python
# Copyright (c) pommgr contributors
# MIT License (see LICENSE)

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
---
module: move_guests
short_description: Move guests that HA does not manage to another node
description:
  - Migrates every running guest of a node that HA does not manage, virtual machines online, containers by a restart.
options:
  node:
    description: Node to leave.
    type: str
    required: true
  target:
    description: Node to move them to.
    type: str
    required: true
  accept_guests:
    description: Numbers of guests that stay and end with the node.
    type: list
    elements: int
    default: []
author:
  - pommgr contributors (@pommgr)
attributes:
  check_mode:
    description: Says which guests would be moved.
    support: full
  diff_mode:
    description: Shows the guests with their node, before and after.
    support: full
"""

EXAMPLES = r"""
- name: Move the guests of pve2 to pve3
  pommgr.pommgr.move_guests:
    node: pve2
    target: pve3
"""

RETURN = r"""
guests:
  description: Numbers of the guests.
  type: list
  elements: int
  returned: success
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.pommgr.pommgr.plugins.module_utils import program


def main():
    module = AnsibleModule(
        argument_spec=dict(
            node=dict(type="str", required=True),
            target=dict(type="str", required=True),
            accept_guests=dict(type="list", elements="int", default=[]),
        ),
        supports_check_mode=True,
    )
    node, target = module.params["node"], module.params["target"]
    managed = set(entry["sid"] for entry in program.ask_api(module, "/cluster/ha/resources"))
    moving = []
    for guest in program.ask_api(module, "/cluster/resources"):
        if guest.get("type") not in ("qemu", "lxc") or guest["node"] != node or guest["status"] == "stopped":
            continue
        sid = "%s:%d" % ("vm" if guest["type"] == "qemu" else "ct", guest["vmid"])
        if sid not in managed and guest["vmid"] not in module.params["accept_guests"]:
            moving.append((guest["type"], guest["vmid"]))
    for kind, vmid in [] if module.check_mode else sorted(moving):
        how = ["--online", "1"] if kind == "qemu" else ["--restart", "1"]
        path = "/nodes/%s/%s/%d/migrate" % (node, kind, vmid)
        program.run_tool(module, ["pvesh", "create", path, "--target", target] + how)
    numbers = sorted(vmid for kind, vmid in moving)
    diff = dict(
        before="".join("%d on %s\n" % (vmid, node) for vmid in numbers),
        after="".join("%d on %s\n" % (vmid, target) for vmid in numbers),
    )
    module.exit_json(changed=bool(numbers), guests=numbers, diff=diff)


if __name__ == "__main__":
    main()
