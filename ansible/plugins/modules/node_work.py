#!/usr/bin/python
# Copyright (c) pommgr contributors
# MIT License (see LICENSE)

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
---
module: node_work
short_description: Read what is left to do on a node
description:
  - Asks C(pommgr forecast) what an upgrade would do, and C(pommgr cluster status) how far a rollout is on this node.
  - Nothing is remembered from an earlier run, so a rollout that died anywhere goes on from what is found.
options:
  executable:
    description: pommgr on the node. Default is C(pommgr), else the launcher C(/usr/local/sbin/pommgr-media).
    type: path
  directory:
    description: Where the forecast is kept until the next boot.
    type: path
    default: /run/pommgr-rollout
  timeout:
    description: Seconds to wait for an upgrade that an earlier run left behind. apt itself is not ended.
    type: int
    default: 7200
  conffiles:
    description:
      - Answer for configuration files about which dpkg would ask and whose answer neither I(conffile_answers) nor the
        host's own dpkg options have.
      - With C(refuse) nothing is upgraded while such a file is left.
    type: str
    choices: [refuse, keep, package]
    default: refuse
  conffile_answers:
    description: C(keep) or C(package) by path.
    type: dict
    default: {}
author:
  - pommgr contributors (@pommgr)
attributes:
  check_mode:
    description: The module changes nothing but its own file in C(/run).
    support: full
  diff_mode:
    description: Nothing is changed.
    support: none
"""

EXAMPLES = r"""
- name: Read what is left to do
  pommgr.pommgr.node_work:
  register: work
"""

RETURN = r"""
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
unfinished:
  description: Nodes of the rollout that were begun and are not proven back.
  type: list
  elements: str
  returned: success
is_left:
  description: Whether anything is left to do on the node.
  type: bool
  returned: success
plan:
  description: What C(apt-get dist-upgrade) would change, one line a package.
  type: list
  elements: str
  returned: success
reboot:
  description: Why the node has to be rebooted after the upgrade, or has to be already.
  type: list
  elements: str
  returned: success
ceph:
  description: Ceph daemons to restart, in this order, as C(mon.pve1).
  type: list
  elements: str
  returned: success
stops:
  description: What the forecast refuses or does not know, and configuration files without an answer.
  type: list
  elements: str
  returned: success
forecast:
  description: File with the forecast, for the gate.
  type: str
  returned: success
"""

import json
import os
import socket

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.pommgr.pommgr.plugins.module_utils import apt, program, rollout


def main():
    module = AnsibleModule(
        argument_spec=dict(
            program.COMMON_ARGUMENTS,
            directory=dict(type="path", default=rollout.DIRECTORY),
            timeout=dict(type="int", default=7200),
            conffiles=rollout.ANSWER_ARGUMENTS["conffiles"],
            conffile_answers=rollout.ANSWER_ARGUMENTS["conffile_answers"],
        ),
        supports_check_mode=True,
    )
    directory = module.params["directory"]
    apt.wait_for_lock(module).close()
    code, document = program.ask(module, ["forecast"], accept=(0, 1))
    found = document["result"]
    path = rollout.write_volatile(directory, "forecast.json", json.dumps(document))
    node = socket.gethostname().split(".")[0]
    in_cluster = os.path.exists(rollout.COROSYNC_CONFIG)
    nodes = rollout.nodes_of(program.ask(module, ["cluster", "status"])[1]) if in_cluster else {}
    step = nodes.get(node)
    plan = rollout.forecast_lines(found)
    reboot = [reason["what"] for reason in found["reboot"]] + rollout.due_reboot(directory)
    ceph = ["%s.%s" % (daemon["kind"], daemon["id"]) for daemon in found["ceph"]]
    ceph += [name for name in rollout.due_ceph(directory) if name not in ceph]
    is_begun = step not in (None, "back")
    module.exit_json(
        changed=False,
        in_cluster=in_cluster,
        node=node,
        step=step,
        unfinished=[name for name in sorted(nodes) if nodes[name] != "back"],
        is_left=bool(plan or reboot or ceph or is_begun or rollout.is_apt_unfinished()),
        plan=plan,
        reboot=reboot,
        ceph=ceph,
        stops=rollout.stops_of(found) + rollout.conffile_answers(module, found)[1],
        forecast=path,
    )


if __name__ == "__main__":
    main()
