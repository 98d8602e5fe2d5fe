# Copyright (c) pommgr contributors
# MIT License (see LICENSE)

"""Holds a lock on the control node for the life of an ansible-playbook process."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import fcntl
import os

from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.text.converters import to_text
from ansible.plugins.action import ActionBase


def start_time(pid):
    """Returns when a process was started, in ticks since boot: a number that its successor with the same id lacks."""
    try:
        with open("/proc/%d/stat" % pid) as stream:
            fields = stream.read().rpartition(")")[2].split()
        return "" if fields[0] == "Z" else fields[19]
    except (IOError, OSError, IndexError):
        return ""


class ActionModule(ActionBase):
    """Fails while another run that holds the lock is alive; the lock of a killed run counts for nothing."""

    _requires_connection = False
    TRANSFERS_FILES = False

    def run(self, tmp=None, task_vars=None):
        result = super(ActionModule, self).run(tmp, task_vars)
        path = os.path.expanduser(self._task.args["path"])
        # Tasks are run by children of the ansible-playbook process.
        owner = os.getppid()
        mine = "%d %s\n" % (owner, start_time(owner))
        directory = os.path.dirname(path)
        if not os.path.isdir(directory):
            os.makedirs(directory, 0o700)
        with open(path, "a+") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            stream.seek(0)
            held = stream.read()
            pid = held.split(" ")[0]
            is_alive = pid.isdigit() and held == "%s %s\n" % (pid, start_time(int(pid)))
            if held != mine and is_alive:
                raise AnsibleActionFail(
                    "Another rollout runs on this control node already, as process %s (%s)." % (pid, to_text(path))
                )
            if not self._play_context.check_mode:
                stream.seek(0)
                stream.truncate()
                stream.write(mine)
        result.update(changed=False)
        return result
