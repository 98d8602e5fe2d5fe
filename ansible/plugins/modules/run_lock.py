#!/usr/bin/python
# Copyright (c) pommgr contributors
# MIT License (see LICENSE)

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
---
module: run_lock
short_description: Refuse a second rollout on the same control node
description:
  - Holds a lock for the life of the C(ansible-playbook) process. That of a killed process counts for nothing.
  - Rollouts of other control nodes are refused by the gate, which sees who holds the cluster.
options:
  path:
    description: File of the lock, on the control node.
    type: path
    required: true
author:
  - pommgr contributors (@pommgr)
attributes:
  check_mode:
    description: Fails where another rollout runs, and takes no lock.
    support: full
  diff_mode:
    description: Nothing is changed.
    support: none
"""

EXAMPLES = r"""
- name: Only one rollout at a time
  pommgr.pommgr.run_lock:
    path: ~/.pommgr/rollout.lock
"""

RETURN = r""" # """
