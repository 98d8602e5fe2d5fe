#!/usr/bin/python
# Copyright (c) pommgr contributors
# MIT License (see LICENSE)

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
---
module: ceph_noout
short_description: Keep Ceph from moving data while a node is away
description:
  - Sets or unsets the flag C(noout). A flag that somebody else set stays.
  - On a node without OSDs nothing is done.
options:
  enabled:
    description: Whether the flag is to be set.
    type: bool
    required: true
  state_directory:
    description: Directory for the note that this flag is ours. It outlives reboots.
    type: path
    default: /var/lib/pommgr-rollout
author:
  - pommgr contributors (@pommgr)
attributes:
  check_mode:
    description: Says whether the flag would be changed.
    support: full
  diff_mode:
    description: Shows the flag before and after.
    support: full
"""

EXAMPLES = r"""
- name: The node comes back soon
  pommgr.pommgr.ceph_noout:
    enabled: true
"""

RETURN = r""" # """

import json
import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.pommgr.pommgr.plugins.module_utils import program


def is_set(module):
    out = program.run_tool(module, ["ceph", "--connect-timeout", "10", "osd", "dump", "--format", "json"])
    try:
        return "noout" in json.loads(out)["flags"].split(",")
    except (ValueError, KeyError):
        return module.fail_json(msg="Ceph does not say which flags are set.", stdout=out)


def main():
    module = AnsibleModule(
        argument_spec=dict(
            enabled=dict(type="bool", required=True),
            state_directory=dict(type="path", default="/var/lib/pommgr-rollout"),
        ),
        supports_check_mode=True,
    )
    enabled, directory = module.params["enabled"], module.params["state_directory"]
    note = os.path.join(directory, "noout")
    osds = os.path.isdir("/var/lib/ceph/osd") and os.listdir("/var/lib/ceph/osd")
    if not osds or (not enabled and not os.path.exists(note)):
        module.exit_json(changed=False)
    changed = is_set(module) != enabled
    if not module.check_mode:
        # The note comes before the flag and goes after it, so that a run that dies between leaves no flag behind.
        if enabled and changed:
            if not os.path.isdir(directory):
                os.makedirs(directory, 0o755)
            open(note, "w").close()
        if changed:
            program.run_tool(module, ["ceph", "osd", "set" if enabled else "unset", "noout"])
        if not enabled:
            os.unlink(note)
    names = {True: "noout\n", False: ""}
    module.exit_json(changed=changed, diff=dict(before=names[enabled != changed], after=names[enabled]))


if __name__ == "__main__":
    main()
