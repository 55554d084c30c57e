/**
 * How news of a person's key or of a request is written by the statement of the change itself, so that none is lost with a process and none is told of a change that did not happen. What a notice says is made here from
 * the row: never more than the center that reads it may know.
 */
const INTO = 'INSERT INTO remote_news (event, client_id, person_id, subject, data, at, trace)'

/** of a change of remote_request */
export const REQUEST_CHANGED = 'id, state, person_id, center, body'

/**
 * For a WITH clause: one row for each request that changed.
 * @param from what the change returns: REQUEST_CHANGED
 * @param at placeholder of the moment
 */
export const requestNews = (from: string, at: string): string =>
  `${INTO} SELECT CASE state WHEN 'open' THEN 'request.opened' ELSE 'request.' || state END, center, person_id, id, jsonb_strip_nulls(jsonb_build_object('request', id, 'state', state,
     'subject', body::jsonb ->> 'membershipId', 'reference', body::jsonb ->> 'reference', 'project', body::jsonb ->> 'project'))::text, ${at}::timestamptz, body::jsonb ->> 'trace' FROM ${from}`

/** of a change of remote_key */
export const KEY_CHANGED = 'id, state, person_id, serial, not_after, revoked_reason'

/**
 * For a WITH clause: one row for each key that changed.
 * @param event a constant of ours
 * @param from what the change returns: KEY_CHANGED
 * @param state as centers are told of it, a constant of ours
 * @param of placeholders of the moment and of its trace
 */
export const keyNews = (event: string, from: string, state: string, of: { at: string; trace: string }): string =>
  `${INTO} SELECT '${event}', NULL, person_id, id, jsonb_strip_nulls(jsonb_build_object('key', id, 'state', '${state}', 'serial', serial,
     'not_after', to_char(not_after AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'reason', revoked_reason))::text, ${of.at}::timestamptz, ${of.trace}::text FROM ${from}`
