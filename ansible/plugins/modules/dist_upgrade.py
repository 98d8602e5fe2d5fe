#!/usr/bin/python
# Copyright (c) pommgr contributors
# MIT License (see LICENSE)

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
---
module: dist_upgrade
short_description: Upgrade a node as its forecast says
description:
  - Runs C(apt-get dist-upgrade) after apt's plan was compared with the forecast that the gate judged.
  - apt runs detached from the connection. When the control node dies, apt finishes, and the next run waits for it.
  - Why a reboot or restarts of Ceph daemons are due is kept in C(/run) until they happened.
options:
  forecast:
    description: File with the forecast, as M(pommgr.pommgr.node_work) left it.
    type: path
    required: true
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
  directory:
    description: Directory for what is due until the next boot.
    type: path
    default: /run/pommgr-rollout
  log_directory:
    description: Directory for apt's output.
    type: path
    default: /var/log/pommgr
  timeout:
    description: Seconds to wait for apt, and for an earlier run of it. apt itself is not ended.
    type: int
    default: 7200
author:
  - pommgr contributors (@pommgr)
attributes:
  check_mode:
    description: Says what would be upgraded.
    support: full
  diff_mode:
    description: Shows each package with both versions.
    support: full
"""

EXAMPLES = r"""
- name: Upgrade as forecast
  pommgr.pommgr.dist_upgrade:
    forecast: "{{ work.forecast }}"
    conffiles: keep
"""

RETURN = r"""
plan:
  description: What is changed, one line a package.
  type: list
  elements: str
  returned: success
log:
  description: File with apt's output. Empty where apt was not run.
  type: str
  returned: success
log_sha256:
  description: Its digest.
  type: str
  returned: success
"""

import json

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.pommgr.pommgr.plugins.module_utils import apt, rollout


def read_forecast(module):
    try:
        with open(module.params["forecast"]) as stream:
            return json.load(stream)["result"]
    except (IOError, OSError, ValueError, KeyError) as error:
        return module.fail_json(msg="The forecast %s cannot be read: %s" % (module.params["forecast"], error))


def main():
    module = AnsibleModule(
        argument_spec=dict(
            rollout.ANSWER_ARGUMENTS,
            forecast=dict(type="path", required=True),
            directory=dict(type="path", default=rollout.DIRECTORY),
            log_directory=dict(type="path", default="/var/log/pommgr"),
            timeout=dict(type="int", default=7200),
        ),
        supports_check_mode=True,
    )
    forecast = read_forecast(module)
    replaced, unanswered = rollout.conffile_answers(module, forecast)
    if unanswered:
        module.fail_json(msg=" ".join(unanswered))
    foreseen = rollout.forecast_lines(forecast)
    diff = dict(before="", after="".join("%s\n" % line for line in foreseen))
    if module.check_mode:
        module.exit_json(changed=bool(foreseen), plan=foreseen, diff=diff, log="", log_sha256="")
    stops = rollout.stops_of(forecast)
    if stops:
        module.fail_json(msg="The forecast stops the upgrade:\n%s" % "\n".join(stops))
    lock = apt.wait_for_lock(module)
    apt.keep_due(module, forecast)
    planned = apt.planned_names(module)
    if not planned and not rollout.is_apt_unfinished():
        module.exit_json(changed=False, plan=[], log="", log_sha256="")
    apt.require_foreseen(module, planned, foreseen)
    log, digest = apt.upgrade(module, lock, replaced)
    left = apt.planned_names(module)
    if left:
        module.fail_json(msg="After the upgrade apt still has work: %s. See %s." % (", ".join(sorted(left)), log))
    module.exit_json(changed=True, plan=foreseen, diff=diff, log=log, log_sha256=digest)


if __name__ == "__main__":
    main()
