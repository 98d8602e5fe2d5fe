/** Summarises a forecast. */
import type { ForecastSummary } from '../../host/domain/forecast-summary.ts';
import { lackingRoom, type Forecast } from './forecast.ts';

export function summaryOf(forecast: Forecast): ForecastSummary {
  const { conffiles, reboot, restarts, questions, news, refusals, space } = forecast;
  return {
    prompts: conffiles.prompts.map(({ path }) => path),
    unanswered: conffiles.prompts.filter(({ answer }) => answer === 'ask').length,
    reboot: reboot.map((reason) => reason.package ?? reason.what),
    restarts: [...new Set(restarts.map(({ unit }) => unit))],
    questions: questions.filter(({ isShown }) => isShown !== false).length,
    news: news.length,
    refusals: refusals.map(({ what }) => what),
    tooLittleSpace: [...new Set(lackingRoom(space).map(({ place }) => place))],
  };
}
