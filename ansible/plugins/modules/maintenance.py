#!/usr/bin/python
# Copyright (c) pommgr contributors
# MIT License (see LICENSE)

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
---
module: maintenance
short_description: Take a node into the maintenance of the HA manager, or out of it
description:
  - Runs C(ha-manager crm-command node-maintenance). The HA manager then moves the services away by itself, for which the
    gate before the upgrade waits.
  - Where HA manages nothing, nothing is done.
options:
  node:
    description: Name of the node.
    type: str
    required: true
  enabled:
    description: Whether the node is to be in maintenance.
    type: bool
    required: true
author:
  - pommgr contributors (@pommgr)
attributes:
  check_mode:
    description: Says whether the command would be given.
    support: full
  diff_mode:
    description: Shows the state of the node before and after.
    support: full
"""

EXAMPLES = r"""
- name: Drain pve2
  pommgr.pommgr.maintenance:
    node: pve2
    enabled: true
"""

RETURN = r""" # """

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.pommgr.pommgr.plugins.module_utils import program


def is_in_maintenance(module, node):
    """A request outlives reboots, and the manager's own state follows it."""
    answer = program.ask_api(module, "/cluster/ha/status/manager_status")
    try:
        manager = answer["manager_status"]
        state = manager["node_status"][node]
    except (KeyError, TypeError):
        return module.fail_json(msg="The HA manager does not say in which state %s is." % node)
    request = manager.get("node_request", {}).get(node, {})
    return state == "maintenance" or bool(request.get("maintenance"))


def main():
    module = AnsibleModule(
        argument_spec=dict(node=dict(type="str", required=True), enabled=dict(type="bool", required=True)),
        supports_check_mode=True,
    )
    node, enabled = module.params["node"], module.params["enabled"]
    resources = program.ask_api(module, "/cluster/ha/resources")
    if not isinstance(resources, list):
        module.fail_json(msg="The HA manager does not say what it manages.")
    if not resources:
        module.exit_json(changed=False)
    found = is_in_maintenance(module, node)
    if found != enabled and not module.check_mode:
        verb = "enable" if enabled else "disable"
        program.run_tool(module, ["ha-manager", "crm-command", "node-maintenance", verb, node])
    names = {True: "%s in maintenance\n" % node, False: "%s online\n" % node}
    module.exit_json(changed=found != enabled, diff=dict(before=names[found], after=names[enabled]))


if __name__ == "__main__":
    main()
