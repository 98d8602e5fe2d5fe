#!/usr/bin/python
# Copyright (c) pommgr contributors
# MIT License (see LICENSE)

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
---
module: cluster_plan
short_description: Ask in which order the nodes of a cluster are to be done
description:
  - Runs C(pommgr cluster plan). What stands in the way of a node is a warning here, as the gates judge when its turn comes.
options:
  executable:
    description: pommgr on the node. Default is C(pommgr), else the launcher C(/usr/local/sbin/pommgr-media).
    type: path
author:
  - pommgr contributors (@pommgr)
attributes:
  check_mode:
    description: Nothing is changed.
    support: full
  diff_mode:
    description: Nothing is changed.
    support: none
"""

EXAMPLES = r"""
- name: Which node first?
  pommgr.pommgr.cluster_plan:
  register: plan
"""

RETURN = r"""
order:
  description: Names of the nodes, the first to be done first.
  type: list
  elements: str
  returned: success
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.pommgr.pommgr.plugins.module_utils import program


def main():
    module = AnsibleModule(argument_spec=dict(program.COMMON_ARGUMENTS), supports_check_mode=True)
    plan = program.ask(module, ["cluster", "plan"], accept=(0, 1))[1]["result"]
    for problem in plan["problems"]:
        module.warn(problem)
    for planned in plan["nodes"]:
        for problem in planned["problems"]:
            module.warn("%s: %s" % (planned["node"], problem))
    module.exit_json(changed=False, order=[planned["node"] for planned in plan["nodes"]])


if __name__ == "__main__":
    main()
