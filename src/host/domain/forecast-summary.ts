/** A summary of a forecast, as a dry run of `apply` shows it; `pommgr forecast` shows all of it. */
export interface ForecastSummary {
  /** Configuration files about which dpkg would ask. */
  prompts: string[];
  /** How many of those prompts dpkg's options leave to the administrator. */
  unanswered: number;
  /** Packages that make a reboot necessary. */
  reboot: string[];
  /** Units that maintainer scripts restart. */
  restarts: string[];
  /** Questions of debconf that may be asked. */
  questions: number;
  news: number;
  /** Why the upgrade must not be run as it is planned. */
  refusals: string[];
  /** File systems with too little room. */
  tooLittleSpace: string[];
}
