#!/usr/bin/python
# Copyright (c) pommgr contributors
# MIT License (see LICENSE)

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
---
module: upgrade_stage
short_description: Do one stage of a major upgrade on a host, or read how far it is
description:
  - Runs C(pommgr upgrade-release status) and, with I(run), C(pommgr upgrade-release next).
  - The upgrade goes on when the connection breaks. A later task waits for it.
options:
  executable:
    description: pommgr on the node. Default is C(pommgr), else the launcher C(/usr/local/sbin/pommgr-media).
    type: path
  stage:
    description: Name of the stage's target. A stage that is not in turn fails.
    type: str
    required: true
  way:
    description: Way of the baseline, where several fit the host.
    type: str
  accept:
    description: Findings of C(pommgr upgrade-release check) that are accepted, by id. They are recorded.
    type: list
    elements: str
    default: []
  run:
    description: Do the stage. Without it nothing is changed.
    type: bool
    default: false
  timeout:
    description: Seconds to wait for an upgrade that an earlier run started.
    type: int
    default: 7200
author:
  - pommgr contributors (@pommgr)
attributes:
  check_mode:
    description: C(--dry-run) checks everything and says what would change.
    support: full
  diff_mode:
    description: Shows apt's plan for the stage.
    support: full
"""

EXAMPLES = r"""
- name: To the last state of the old release
  pommgr.pommgr.upgrade_stage:
    stage: pve8-last
    run: true
"""

RETURN = r"""
state:
  description: C(done), C(begun), C(next) or C(later).
  type: str
  returned: success
is_left:
  description: Whether anything is left to do on the host, a reboot or the end of its maintenance included.
  type: bool
  returned: success
in_cluster:
  description: Whether corosync is configured on the node. Then gates judge.
  type: bool
  returned: success
node:
  description: The node's name, as the cluster knows it.
  type: str
  returned: success
step:
  description: Last step of this node that got a go in the rollout. C(null) where none did.
  type: str
  returned: success
reboot_due:
  description: Why a reboot is due. C(null) for none.
  type: str
  returned: success
log:
  description: Log of the upgrade. C(null) where none ran.
  type: str
  returned: success
"""

import os
import socket
import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.pommgr.pommgr.plugins.module_utils import program, rollout


def way_arguments(module):
    return ["--way", module.params["way"]] if module.params["way"] else []


def read_status(module):
    """Returns the answer of "upgrade-release status" once no upgrade runs any more."""
    deadline = time.time() + module.params["timeout"]
    while True:
        status = program.ask(module, ["upgrade-release", "status"] + way_arguments(module))[1]["result"]
        if not status["isRunning"]:
            return status
        if time.time() > deadline:
            module.fail_json(msg="The upgrade that an earlier run started still runs.")
        time.sleep(5)


def stage_of(module, status):
    for stage in status["stages"]:
        if stage["target"] == module.params["stage"]:
            return stage
    names = ", ".join(stage["target"] for stage in status["stages"])
    return module.fail_json(msg="There is no stage %s. There are: %s." % (module.params["stage"], names))


def answer_of(module, status):
    node = socket.gethostname().split(".")[0]
    in_cluster = os.path.exists(rollout.COROSYNC_CONFIG)
    step = rollout.nodes_of(program.ask(module, ["cluster", "status"])[1]).get(node) if in_cluster else None
    state = stage_of(module, status)["state"]
    is_left = state != "done" or step not in (None, "back") or (not in_cluster and status["rebootDue"] is not None)
    log = status["begun"]["log"] if status["begun"] else None
    return dict(
        state=state,
        is_left=is_left,
        in_cluster=in_cluster,
        node=node,
        step=step,
        reboot_due=status["rebootDue"],
        log=log,
    )


def main():
    module = AnsibleModule(
        argument_spec=dict(
            program.COMMON_ARGUMENTS,
            stage=dict(type="str", required=True),
            way=dict(type="str"),
            accept=dict(type="list", elements="str", default=[]),
            run=dict(type="bool", default=False),
            timeout=dict(type="int", default=7200),
        ),
        supports_check_mode=True,
    )
    before = read_status(module)
    if not module.params["run"] or stage_of(module, before)["state"] == "done":
        module.exit_json(changed=False, **answer_of(module, before))
    args = ["upgrade-release", "next", module.params["stage"]] + way_arguments(module)
    for finding in module.params["accept"]:
        args += ["--accept", finding]
    code, document = program.ask(module, args + (["--dry-run"] if module.check_mode else ["--run", "--yes"]), accept=(0, 1))
    report = document["result"]
    if not module.check_mode and report["outcome"] not in ("done", "complete"):
        commands = "; ".join(report["commands"])
        module.fail_json(
            msg="The stage %s is not complete. By hand: %s. See %s." % (module.params["stage"], commands, report["log"])
        )
    if not module.check_mode and report["log"]:
        known = rollout.read_lines(rollout.DIRECTORY, rollout.LOGS_FILE)
        lines = "".join("%s\n" % name for name in known + [report["log"]])
        rollout.write_volatile(rollout.DIRECTORY, rollout.LOGS_FILE, lines)
    diff = dict(before="", after="".join("%s\n" % line for line in program.plan_lines(report["plan"])))
    module.exit_json(changed=True, diff=diff, **answer_of(module, read_status(module)))


if __name__ == "__main__":
    main()
