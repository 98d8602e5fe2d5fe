/**
 * Lists every error code, with what it means to a user in a sentence or two. The codes are part of the stable JSON
 * output, and scripts depend on them. `docs/errors.md` is made from this table.
 */
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
  'config.advisories':
    'Security data is not there, is too old, or is about other Debian releases. Correct "advisories" in the config, or bring newer data.',
  'config.age-identity':
    "The host's age identity is damaged. Put it back from a copy, or make a new lock and have the keys packed again.",
  'config.age-recipient':
    'A host lock names something that is no age recipient. Make the lock again on the host.',
  'config.apt-root':
    'A directory under "aptRoots" has no apt that runs on this machine. Make it again, or remove the setting.',
  'config.apt-sources':
    "apt's sources on this machine cannot be read, or none of them can be mirrored. Correct them, or use a preset.",
  'config.architecture': 'A repository has nothing for an architecture of the config. Correct it.',
  'config.authFile': 'A file with a login is missing, malformed or readable by others. Correct it.',
  'config.baseline':
    'There is no such baseline, or it cannot be the base of the other. "pommgr baseline list" shows them.',
  'config.caFile': 'A file with CA certificates is missing or malformed. Correct it.',
  'config.clientCertificate': 'A client certificate or its key is missing or malformed. Correct it.',
  'config.closure':
    'A closure names a package that no mirror of its target has, or a host that the target is not for. Correct the config.',
  'config.component': 'A repository does not have a component of the config. Correct it.',
  'config.deb822': 'A file in deb822 format is malformed. Correct the line that is named.',
  'config.default-release':
    'APT::Default-Release of a host is not what pommgr can follow. Remove it from apt.conf.',
  'config.document': 'A JSON file is malformed or not the expected document. Take a good copy of it.',
  'config.engine': 'The config asks for what the chosen engine cannot do. Change the setting or the engine.',
  'config.extra': 'A file under "extras" is missing. Correct its path.',
  'config.glob': 'A package glob is malformed. Correct it.',
  'config.include': 'A name under "include" matches no package. Correct it, or name a real package.',
  'config.index': 'A repository lists no index in a form that can be read.',
  'config.invalid':
    'A value in the config is not what its schema asks for. Correct it at the line and column that are named.',
  'config.key-file':
    'A file with a subscription key is not private, or is none. Correct its mode or content.',
  'config.keyring':
    'A keyring is missing, unreadable or has no usable certificate. Install or name the right one.',
  'config.lock': 'A host lock is missing, malformed or ambiguous. Make it again on the host.',
  'config.medium':
    'A medium of Proxmox Offline Mirror cannot carry the baseline. Add its mirrors to the medium.',
  'config.mirror-key': 'Proxmox Offline Mirror has no subscription key of its own. Add one.',
  'config.mirror-state': 'What Proxmox Offline Mirror wrote on a medium is malformed. Sync the medium again.',
  'config.missing': 'No config was found. Run "pommgr init", or name one with --config.',
  'config.pom': "Proxmox Offline Mirror's config has no mirror that can be taken over. Use a preset.",
  'config.proxy': 'A proxy variable of the environment is no http:// or https:// URI. Correct it.',
  'config.public-key':
    'The key that signed subscription infos are checked with is missing or malformed. Copy it from a Proxmox host.',
  'config.receipt':
    'No trusted receipt names a usable base. Name a base with --since, or pack a full bundle.',
  'config.receipt-key':
    "The key of a host's reports is damaged, or a file is no such key. Take it from the host again.",
  'config.signing-key':
    'A signing key is missing, damaged, readable by others or of another kind. Name the right file.',
  'config.site': 'The config names no hosts. Add them under site.hosts.',
  'config.store': 'The path of a store has characters that apt or nginx cannot take. Use another path.',
  'config.subscription-info': 'A subscription info is malformed. Refresh the key on the online side.',
  'config.subscriptions':
    'There is no usable subscription info to pack. Look at "pommgr subscription status".',
  'config.syntax': 'The config is not valid YAML. Correct it at the line and column that are named.',
  'config.targets': 'The targets do not fit the mirrors. Correct them in the config.',
  'config.unreadable': 'The config cannot be read. Name the file, and run as a user who may read it.',
  'config.version': 'A file was written by a newer pommgr. Use that one.',
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
  'trust.approval': 'An approver signed something that is no approval. Find out what, and remove it.',
  'trust.approval-bundle':
    'Only other bundles are approved. Have the one on the medium approved, or bring the right medium.',
  'trust.approval-expired': 'The approval has expired. Have the bundle approved again.',
  'trust.approval-missing': 'No approver approved the bundle. "pommgr approve" does that.',
  'trust.approval-report':
    'The report that was approved or read is not the one on the medium. Read that, and approve it.',
  'trust.approval-threshold': 'Too few approvers approved the bundle. Have another one approve it.',
  'trust.approval-time': 'An approval is dated in the future. Set the clock.',
  'trust.approval-withdrawn': 'The approval was withdrawn. Do not apply the bundle; ask the approver.',
  'trust.approvals': 'There are too many approvals of a bundle. Remove those that nobody needs.',
  'trust.approver': "A key is a signer's and an approver's. Take another one for the approver.",
  'trust.expired': 'A Release file is past its Valid-Until. Try again later, or another server.',
  'trust.expired-upstream':
    "Upstream's key has expired since. --trust-expired-upstream takes the lists all the same.",
  'trust.host-lock':
    "No trusted host signed a lock that says whom subscription keys are encrypted to. Bring its signature, and trust the host's key.",
  'trust.jump': 'A baseline is too far ahead of the last one. Check who made it.',
  'trust.key-directory':
    'The directory of trusted keys can be written by others. Correct its mode and owner.',
  'trust.known-name':
    'A baseline of a known name has another digest. A baseline never changes: find out why.',
  'trust.no-approvers':
    "The host requires more approvals than it has approvers' keys. Bring their public keys by a way of their own.",
  'trust.no-keys': 'This machine trusts no signing key. Bring one by a way of its own.',
  'trust.not-yet-valid': 'A Release file is from the future. Set the clock.',
  'trust.older': 'The baseline is older than the one applied. --allow-older takes it, on record.',
  'trust.purpose': 'A signed directory lies in the place of another. Do not use the medium.',
  'trust.rotation': 'A statement about a new signing key is not right. Take it again.',
  'trust.rotations': 'There are too many statements about new signing keys. Remove those that nobody needs.',
  'trust.sequence':
    'The sequence number of a baseline is far ahead of what this host knows. Check who made it; --accept-sequence takes it.',
  'trust.signature': 'A signature is not good. The message says by whom and why.',
  'trust.signatures': 'There are too many signatures. Remove those that nobody needs.',
  'trust.store':
    'Others than root may write the store, or a part of it is no directory. Correct owner and mode.',
  'trust.subscription-architecture': 'The subscription key is for machines of another architecture.',
  'trust.subscription-choice': 'Two subscription keys fit the host equally well. Take one away.',
  'trust.subscription-expired': 'The subscription info has expired. Refresh the key on the online side.',
  'trust.subscription-info': 'The subscription info cannot be used. The message says why.',
  'trust.subscription-key-shape': 'The subscription key does not have the form that the product requires.',
  'trust.subscription-malformed': 'The subscription info is malformed.',
  'trust.subscription-mirror-key': 'The key is that of the mirror itself, and not for hosts.',
  'trust.subscription-missing': 'There is no usable subscription info for the host. The message says why.',
  'trust.subscription-never-checked': 'The subscription key was never checked with the shop. Refresh it.',
  'trust.subscription-no-info': 'Proxmox Offline Mirror has no info for the key. Refresh it.',
  'trust.subscription-no-key': 'There is no subscription key for the host.',
  'trust.subscription-not-yet-valid': 'The subscription info is from the future. Set the clock of the host.',
  'trust.subscription-other-key':
    'The product holds a subscription key other than the one that was brought. Compare them.',
  'trust.subscription-product': 'The subscription infos for this server are for another product.',
  'trust.subscription-runs-out': 'The subscription key runs out before the next visit.',
  'trust.subscription-server': 'The subscription infos are for other servers. Compare the server IDs.',
  'trust.subscription-signature': 'The subscription info has a bad signature. Refresh the key.',
  'trust.subscription-signature-unchecked':
    "The signature of the subscription info could not be checked. Install Proxmox's public key.",
  'trust.subscription-sockets': 'The subscription key covers fewer sockets than the host has.',
  'trust.subscription-status': 'The shop says that the subscription is not active.',
  'trust.subscription-unsigned': 'The subscription info is not signed: it is not for offline use.',
  'trust.suite': 'A Release file is for another suite. Correct the mirror, or do not trust the server.',
  'trust.target': 'No target, or more than one, fits the host. Choose one with --target, or have one made.',
  'trust.threshold': 'Too few trusted keys signed. Have the other one sign.',
  'trust.track': 'The baseline is of another track. --switch-track changes it, on record.',
  'trust.unknown-signer': 'No trusted key signed. Ask the online side for its fingerprint.',
  'trust.unsigned': 'There is no signature. Pack the baseline again.',
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
