# Copyright (c) pommgr contributors
# MIT License (see LICENSE)

"""What a rollout reads from a node and keeps there. Files in /run end with the next boot, which is what they wait for."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import tempfile

#: Emptied by each boot.
DIRECTORY = "/run/pommgr-rollout"

#: The node's own copy. /etc/pve is empty while pmxcfs does not run, which would look like a node without a cluster.
COROSYNC_CONFIG = "/etc/corosync/corosync.conf"

REBOOT_FILE = "reboot-due"
CEPH_FILE = "ceph-due"
#: Logs of upgrades since the last go.
LOGS_FILE = "logs"


def write_volatile(directory, name, text):
    """Writes a file of root's own, complete or not at all, and returns its path."""
    if not os.path.isdir(directory):
        os.makedirs(directory, 0o700)
    handle, temporary = tempfile.mkstemp(dir=directory)
    with os.fdopen(handle, "w") as stream:
        stream.write(text)
    path = os.path.join(directory, name)
    os.rename(temporary, path)
    return path


def read_lines(directory, name):
    """Returns the lines of a file; none where it is absent."""
    try:
        with open(os.path.join(directory, name)) as stream:
            return [line for line in stream.read().splitlines() if line]
    except (IOError, OSError):
        return []


def due_reboot(directory):
    """Returns why an earlier upgrade made a reboot due that has not happened yet."""
    reasons = read_lines(directory, REBOOT_FILE)
    return reasons + (["/run/reboot-required is there"] if os.path.exists("/run/reboot-required") else [])


def due_ceph(directory):
    """Returns the Ceph daemons that an earlier upgrade left to be restarted, in their order."""
    return read_lines(directory, CEPH_FILE)


def is_apt_unfinished():
    """Returns whether dpkg was interrupted: then apt refuses to work until "dpkg --configure -a" has run."""
    return any(name.isdigit() for name in os.listdir("/var/lib/dpkg/updates"))


def nodes_of(document):
    """Returns the steps of a rollout's nodes, by name, from the answer of "pommgr cluster status"."""
    rollout = document["result"]["rollout"]
    return {} if rollout is None else dict((entry["node"], entry["step"]) for entry in rollout["nodes"])


def forecast_lines(forecast):
    """Returns the changes of a forecast, one line a package."""
    changes = [change for source in forecast["sources"] for change in source["changes"]]
    return sorted(
        "%s %s %s -> %s" % (change["action"], change["name"], change["from"] or "-", change["to"] or "-")
        for change in changes
    )


def stops_of(forecast):
    """Returns what the forecast refuses, and what it does not know."""
    refused = ["%s: %s" % (refusal["package"], refusal["what"]) for refusal in forecast["refusals"]]
    verdict = [] if forecast["verdict"] == "go" or refused else ["The forecast lacks room."]
    return refused + verdict + list(forecast["unknown"])


#: Arguments of the modules that answer dpkg's questions.
ANSWER_ARGUMENTS = dict(
    conffiles=dict(type="str", choices=["refuse", "keep", "package"], default="refuse"),
    conffile_answers=dict(type="dict", default={}),
)


def conffile_answers(module, forecast):
    """Returns the files that the package's version replaces, and a sentence for each file without an answer."""
    answers, default = module.params["conffile_answers"], module.params["conffiles"]
    wrong = sorted(path for path, answer in answers.items() if answer not in ("keep", "package"))
    if wrong:
        module.fail_json(msg="conffile_answers: expected keep or package for %s." % ", ".join(wrong))
    replaced, unanswered = [], []
    for prompt in forecast["conffiles"]["prompts"]:
        # An answer that the host's own options of dpkg give is not asked for.
        by_host = {"keep": "keep", "install": "package"}.get(prompt["answer"], default)
        answer = answers.get(prompt["path"], by_host)
        if answer == "package":
            replaced.append(prompt["path"])
        elif answer == "refuse":
            unanswered.append("dpkg would ask about %s: answer by conffile_answers." % prompt["path"])
    return replaced, unanswered
