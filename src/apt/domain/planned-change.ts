/** One package of a plan; `from` is null where it is not installed, `to` where it would be removed. */
export interface PlannedChange {
  name: string;
  /**
   * Architecture of the new version. For a removal it is apt's view: a package of architecture `all` counts as native.
   */
  architecture: string;
  from: string | null;
  to: string | null;
}
