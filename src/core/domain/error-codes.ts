/**
 * Lists every error code, with what it means to a user in a sentence or two. The codes are part of the stable JSON
 * output, and scripts depend on them. `docs/errors.md` is made from this table.
 */
import { configErrorMeanings } from './config-error-codes.ts';
import { trustErrorMeanings } from './trust-error-codes.ts';

export const errorMeanings = {
  'bug.architecture': 'A target was used for an architecture that it is not for.',
  'bug.fault': 'A process that a test was to kill went on.',
  'bug.faults': 'A list of faults was to be told of, and is empty.',
  'bug.fetching': 'A thread that fetches files failed.',
  'bug.hashing': 'A hashing thread failed or ended too early.',
  'bug.privileges': 'The server could not give up its privileges for good.',
  'bug.read-back': 'There was nothing to read back from the medium.',
  'bug.tar': 'A tar header would need an extension, which volumes never have.',
  'bug.two-writers': 'Two writers asked for one partial file at the same time.',
  'bug.unexpected': 'Anything that no other code names. Report it, with the output under POMMGR_DEBUG=1.',
  'bug.verify': 'A verification looked at nothing.',
  'bug.volume': 'A file gave fewer bytes than it has.',
  ...configErrorMeanings,
  'integrity.advisories':
    'Security data is malformed, or not of the format that the config names. Fetch it again.',
  'integrity.audit': 'The audit log was cut or changed. Find out who did it.',
  'integrity.base': 'A delta and its base contradict each other. Pack the baseline again.',
  'integrity.changed':
    'Another process changed a file while it was written. Find out which, and run the command again.',
  'integrity.closure':
    'apt would do something else with the thin baseline than with the whole mirrors. Add the package to the closure.',
  'integrity.compression': 'A compressed file is incomplete or damaged. Run the command again later.',
  'integrity.conflict':
    'The indices list one file name with different digests. Skip the package, or take only the latest versions.',
  'integrity.contents': 'A baseline contradicts itself. Make a new one with "pommgr snapshot --force".',
  'integrity.digest':
    'A file is not what its digest says. Nothing of it is used; take it again from where it came.',
  'integrity.encrypted': 'An encrypted subscription info is damaged. Pack the subscriptions again.',
  'integrity.extra': 'A file lies where it does not belong. Find out who put it there.',
  'integrity.file-type':
    'A link, a device or a directory is in the place of a file, or the reverse. Find out who put it there.',
  'integrity.gone': 'Proxmox Offline Mirror took the snapshots of a bundle off its medium. Pack it again.',
  'integrity.identity': 'A saved identity does not open: another passphrase, or the file was changed.',
  'integrity.incomplete': 'A snapshot lacks what its mirror lists. The message names every way out.',
  'integrity.index':
    'An index cannot be parsed at the line that is named. Report it to the operator of the repository.',
  'integrity.missing': 'A file that is listed is missing. Take the whole directory again.',
  'integrity.name':
    'A file, directory or document has another name than its own. Give it its own name, or take it again.',
  'integrity.package':
    'A package file is damaged: dpkg could not unpack it. Import the bundle into a new store.',
  'integrity.packages': 'A package list is malformed or contradicts its baseline. Make a new baseline.',
  'integrity.path': 'A path leads outside, or names two files. The repository or the bundle is wrong.',
  'integrity.pom-index':
    'Proxmox Offline Mirror cannot read a stanza of an index. Use the builtin engine, or skip the package.',
  'integrity.read-back': 'The medium does not return what was written. Use another one.',
  'integrity.release': 'A Release file is malformed. Report it to the operator of the repository.',
  'integrity.root': 'A manifest is not as pommgr writes it. Write the medium again.',
  'integrity.size': 'A file has another size than listed, or more than is allowed.',
  'integrity.tar': 'A volume is not framed as pommgr writes it. Do not use the bundle.',
  'integrity.volumes':
    'Volumes and manifest of a bundle do not belong together. Pack it again, or put in the right medium.',
  'interrupted.signal': 'SIGINT ended the run. Run the same command again: it finishes or undoes the work.',
  'interrupted.terminated':
    'SIGTERM ended the run. Run the same command again: it finishes or undoes the work.',
  'network.connection':
    'A server cannot be reached, or the connection broke. Check it, and run the command again.',
  'network.host': 'A host name cannot be resolved. Check its spelling and the DNS server.',
  'network.login': 'A server refused the login. Check authFile, and whether the subscription is active.',
  'network.missing': 'A repository has no Release file at this place. Check uri and suite.',
  'network.range': 'A server sent another part of a file than was asked for. Use another server.',
  'network.redirect': 'A server redirects in a circle or too often. Use another address.',
  'network.status': 'A server answered with an error. The message names its status.',
  'network.timeout': 'A server took too long. Check the connection, or raise download.timeoutSeconds.',
  'network.tls': "A server's certificate is not trusted. Install its CA, or name it in caFile.",
  'refused.check':
    'The check of a major upgrade found what stands in its way. The message names each finding.',
  'refused.downgrade': 'A restore would downgrade packages. Allow it with the flag that is named.',
  'refused.exists': 'Another bundle lies in the place. Check it, and remove it if it is not needed.',
  'refused.file-system':
    'Proxmox Offline Mirror needs a file system with hard links and ":" in names. Use ext4 or XFS.',
  'refused.gaps': 'The baseline cannot serve the host as it is. Have one made for it, or give --accept-gaps.',
  'refused.local-medium':
    'The directory is on a disk of this machine and no medium. Mount the medium, or give --allow-local.',
  'refused.newest':
    'The newest baseline of a track is not removed. Make a newer one, or give --allow-newest.',
  'refused.not-confirmed': 'A question was not answered with yes. Give --yes where it is meant.',
  'refused.order':
    'A stage of a major upgrade is not in turn. "pommgr upgrade-release next" does them in order.',
  'refused.removal': 'A restore would remove packages. Allow it with the flag that is named.',
  'refused.root': 'A store is not served as root. Name another user.',
  'refused.set': 'The set of media that was begun is another one. Finish it, or begin anew.',
  'refused.size': 'A file is too large for a bundle. Split it.',
  'refused.stage':
    'apt would do something at a stage that must not happen there. The message names each package.',
  'refused.version': "The host's product is too old for offline keys. Upgrade it.",
  'state.address': 'Nothing can listen at the address. Choose another one.',
  'state.age-identity':
    'The host lacks the key that a subscription info is encrypted to. Make a lock, and have the keys packed again.',
  'state.apt-locked': "Another process holds apt's lock on its lists. Wait until it has ended.",
  'state.base': 'The base of a delta is not in the store. Bring it first, or a full bundle.',
  'state.baseline': 'The store does not have that baseline, or not whole. Import it again.',
  'state.clock': "The host's clock is behind the baseline. Set it.",
  'state.dpkg': 'dpkg has no database here, or is in the middle of something. Run "dpkg --configure -a".',
  'state.exists': 'Something of that name exists already. Run the command again, or choose another name.',
  'state.file-size': 'The file system takes no file of that size. Choose a smaller --volume-size.',
  'state.foreign-file':
    "A file in /etc is not this store's. Name the store that it belongs to, or move it away.",
  'state.identity': 'The root has nothing that an identity could hold.',
  'state.interrupted': 'Work failed and could not be undone. Run the same command again.',
  'state.json': 'A state file is damaged. Put it back from a copy.',
  'state.limit': 'A limit of the system was reached, e.g. of open files. Raise it.',
  'state.lock': 'A lock could not be taken, for a reason other than another holder.',
  'state.locked': 'Another run of pommgr or Proxmox Offline Mirror holds the lock. Wait until it has ended.',
  'state.medium': 'A medium belongs to another set of mirrors. Use another medium.',
  'state.medium-gone':
    'The medium or share is gone or failing. Check it, mount it again, and run the command again.',
  'state.missing': 'A directory or file that must be there is not. Make it, or name the right one.',
  'state.name': 'A name is too long for the file system. Rename or remove it.',
  'state.next-medium': 'The set of media is not complete yet. Put in the next medium.',
  'state.no-earlier': 'No baseline was applied before this one.',
  'state.no-store': 'There is no store. Name it with --store, or bring a baseline.',
  'state.not-applied': 'No baseline is applied. Apply one first.',
  'state.not-mounted': 'Nothing is mounted where the medium should be. Mount it.',
  'state.permission': 'The user may not do what is needed. Run the command as root, or correct the modes.',
  'state.read-only': 'The file system or file cannot be written. Mount it writable, or run as root.',
  'state.receipt':
    'The baseline is applied, but the report could not be written. Run the command again with a writable directory.',
  'state.rollout':
    'The rollout in /etc/pve could not be written, or is held by somebody else. Do nothing to the node; ask "pommgr cluster status".',
  'state.space': 'There is too little space. The message says how much is needed, and where.',
  'state.store': 'The store contradicts itself. Run "pommgr doctor".',
  'state.system': 'The operating system refused an operation. The message names file and reason.',
  'state.target':
    'A store holds only the files of other targets. Apply the medium there with --target or --all-targets.',
  'state.upgrade':
    'The baseline has no way of a major upgrade for the host, or a stage is begun. The message says which.',
  'state.unreadable': 'A file cannot be read by the user who must read it. Correct its mode.',
  'tool.apt': 'apt failed or said something that pommgr cannot read. The message has its words.',
  'tool.candidates': "apt does not choose the baseline's versions. Look for pins of others.",
  'tool.crashed': 'Proxmox Offline Mirror crashed. Look at its config.',
  'tool.dpkg': 'dpkg failed. The message has its words.',
  'tool.failed': 'A program that pommgr runs failed. The message has its words.',
  'tool.signature':
    'A program that signs failed, took too long, or wrote no good signature. The message has its words.',
  'tool.sqlite': 'The configuration database of Proxmox VE could not be copied. Install sqlite3.',
  'tool.missing': 'A program that pommgr needs is not installed. Install the package that is named.',
  'tool.no-snapshot': 'Proxmox Offline Mirror ended well and made no snapshot. Run the command again.',
  'tool.output': 'A program gave an answer that pommgr cannot read. Look for a newer pommgr.',
  'tool.plan': 'apt cannot resolve the exact package set. The message names the packages.',
  'tool.pom': 'Proxmox Offline Mirror does not run. Reinstall it, or use the builtin engine.',
  'tool.reconcile': 'Proxmox Offline Mirror did not take a change of its config. Look at its mirrors.',
  'tool.registration': 'Some subscription keys could not be registered or refreshed. The message names each.',
  'tool.stalled': 'Proxmox Offline Mirror did nothing for too long and was ended. Check the connection.',
  'tool.subscription': "A product's subscription tool failed. The message has its words.",
  'tool.subscription-inactive':
    'A product took the key and does not call it active. What was there before is back.',
  'tool.timeout': 'A program took too long and was ended. Run it by hand, and see what it waits for.',
  'tool.version': 'A program is too old. Upgrade it.',
  ...trustErrorMeanings,
  'usage.approval': 'A name or the words of an approval cannot be written. The message says why.',
  'usage.arguments': 'The command line is wrong. The message says where.',
  'usage.baseline': 'The store has no such baseline, or several tracks. Name one.',
  'usage.bundle': 'The medium has no such bundle, or several tracks. Name one.',
  'usage.environment': 'A variable of the environment has a value that makes no sense.',
  'usage.extra': 'There is no such extra, or several. The message names what there is.',
  'usage.finding': 'There is no such finding. "pommgr upgrade-release check" names those of the host.',
  'usage.from': 'The address of a store is malformed. Take what "pommgr serve" printed.',
  'usage.host': 'There is no such host. The message names those that there are.',
  'usage.identity': 'There is no saved identity of that host.',
  'usage.include': 'A name is not that of a package.',
  'usage.listen': 'An address to listen at is malformed.',
  'usage.media': 'The medium is unknown or given too often.',
  'usage.forecast':
    'A file is not a forecast of a node, or an old one. Make it anew with "pommgr forecast --json".',
  'usage.log': 'A log for the record of a rollout is not there.',
  'usage.node': 'A name of a node is malformed. "pvesh get /nodes" lists them.',
  'usage.passphrase': 'The passphrase is empty, too short, or two differ.',
  'usage.preset': 'There is no such preset. "pommgr mirror presets" shows all.',
  'usage.plan':
    'A file is not a plan of a rollout, or the cluster could not be planned. Make one by "pommgr cluster plan --json".',
  'usage.product': 'The host has no subscription key to activate.',
  'usage.receipt': 'The directory for the report is not there.',
  'usage.root': 'The path of a root cannot be used. The message says why.',
  'usage.signing-key': 'Several private keys are configured. Name one.',
  'usage.target': 'The baseline has no such target. The message names those that there are.',
  'usage.stage': 'There is no such stage. The message names those that there are.',
  'usage.track': 'A track is malformed or not on the medium.',
  'usage.user': 'There is no such user.',
  'usage.volume-size': 'A size of volumes is malformed or too large for the medium.',
  'usage.wish': 'A wish is malformed, or there are too many.',
} as const;

/** `family.reason`, e.g. `integrity.digest`. */
export type ErrorCode = keyof typeof errorMeanings;
