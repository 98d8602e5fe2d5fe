#!/usr/bin/python
# Copyright (c) pommgr contributors
# MIT License (see LICENSE)

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
---
module: gate
short_description: Ask whether a node may be drained, upgraded, rebooted, or left for the next
description:
  - Runs C(pommgr cluster gate). The task fails where the gate says stop, with every reason, and may be retried.
  - A go is recorded in the rollout of the cluster, which holds the cluster for the owner.
options:
  executable:
    description: pommgr on the node. Default is C(pommgr), else the launcher C(/usr/local/sbin/pommgr-media).
    type: path
  node:
    description: The node in question.
    type: str
    required: true
  before:
    description: What is about to be done.
    type: str
    required: true
    choices: [drain, upgrade, reboot, next]
  owner:
    description: Who holds the cluster.
    type: str
    required: true
  take_over:
    description: Take over the rollout of an owner whose run has died.
    type: bool
    default: false
  forecast:
    description: File with the forecast of the node.
    type: path
  accept_guests:
    description: Numbers of guests that may stay on the node and end with it.
    type: list
    elements: int
    default: []
  window_minutes:
    description: No backup or replication may begin within these minutes.
    type: int
    default: 30
  needed_mib:
    description: MiB that must be free on the root file system before an upgrade.
    type: int
    default: 2048
  directory:
    description: Directory with the names of the logs of this node's upgrades, whose digests go into the signed record.
    type: path
    default: /run/pommgr-rollout
  planned_kernel:
    description: Kernel that is to run afterwards.
    type: str
  planned_version:
    description: What pveversion is to say afterwards.
    type: str
author:
  - pommgr contributors (@pommgr)
attributes:
  check_mode:
    description: The gate is asked, and its go is not recorded. What it says is a warning, as an earlier step was not done.
    support: full
  diff_mode:
    description: Nothing of the node is changed.
    support: none
"""

EXAMPLES = r"""
- name: May the guests of pve2 be taken away?
  pommgr.pommgr.gate:
    node: pve2
    before: drain
    owner: alice@control
  register: gate
  until: gate is succeeded or gate.is_held
  retries: 30
  delay: 10
"""

RETURN = r"""
verdict:
  description: C(go) or C(stop).
  type: str
  returned: always
reasons:
  description: What was seen where the gate says stop, and what would be enough.
  type: list
  elements: str
  returned: always
is_held:
  description: Whether another owner holds the cluster. Then waiting is of no use.
  type: bool
  returned: always
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.pommgr.pommgr.plugins.module_utils import program, rollout


def arguments(module):
    params = module.params
    args = ["cluster", "gate", "--node", params["node"], "--before", params["before"], "--owner", params["owner"]]
    args += ["--window-minutes", str(params["window_minutes"]), "--needed-mib", str(params["needed_mib"])]
    for name in ("forecast", "planned_kernel", "planned_version"):
        if params[name]:
            args += ["--" + name.replace("_", "-"), params[name]]
    for vmid in params["accept_guests"]:
        args += ["--accept-guest", str(vmid)]
    if not module.check_mode and params["before"] in ("reboot", "next"):
        for log in rollout.read_lines(params["directory"], rollout.LOGS_FILE):
            args += ["--log", log]
    args += ["--take-over"] if params["take_over"] else []
    return args + ([] if module.check_mode else ["--record"])


def main():
    module = AnsibleModule(
        argument_spec=dict(
            program.COMMON_ARGUMENTS,
            node=dict(type="str", required=True),
            before=dict(type="str", required=True, choices=["drain", "upgrade", "reboot", "next"]),
            owner=dict(type="str", required=True),
            take_over=dict(type="bool", default=False),
            forecast=dict(type="path"),
            accept_guests=dict(type="list", elements="int", default=[]),
            window_minutes=dict(type="int", default=30),
            needed_mib=dict(type="int", default=2048),
            directory=dict(type="path", default=rollout.DIRECTORY),
            planned_kernel=dict(type="str"),
            planned_version=dict(type="str"),
        ),
        supports_check_mode=True,
    )
    code, document = program.ask(module, arguments(module), accept=(0, 1))
    report = document["result"]
    failed = [check for check in report["checks"] if not check["ok"]]
    reasons = ["%s: %s. Enough would be: %s." % (check["gate"], check["seen"], check["enough"]) for check in failed]
    is_held = any(check["gate"] == "rollout" and check["seen"].startswith("held by ") for check in failed)
    answer = dict(verdict=report["verdict"], reasons=reasons, is_held=is_held)
    if code == 0 and report["verdict"] == "go" and (module.check_mode or report["recorded"]):
        if not module.check_mode and report["before"] in ("reboot", "next"):
            rollout.write_volatile(module.params["directory"], rollout.LOGS_FILE, "")
        module.exit_json(changed=False, **answer)
    title = "The gate before %s of %s says stop:" % (report["before"], report["node"])
    if module.check_mode and not is_held:
        module.warn("\n".join([title] + reasons))
        module.exit_json(changed=False, **answer)
    module.fail_json(msg="\n".join([title] + reasons), **answer)


if __name__ == "__main__":
    main()
