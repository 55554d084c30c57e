/**
 * Asks this site and reads the answer as JSON.
 * @param path of this site
 * @param lost words for a line that broke, or an answer that nobody understands
 * @param more.body what is sent: made JSON, unless `type` says what the octets are
 * @param more.method POST where there is a body, otherwise GET
 * @returns { read }, or { words, code } that say why not: the site's own words, and its code
 */
export async function askJson(path, lost, { body, type, method = body === undefined ? 'GET' : 'POST' } = {}) {
  const answer = await fetch(path, {
    method,
    headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': type ?? 'application/json' }) },
    ...(body === undefined ? {} : { body: type === undefined ? JSON.stringify(body) : body }),
  }).catch(() => undefined)
  const read = await answer?.json().catch(() => undefined)
  if (answer?.ok && read !== undefined) return { read }
  const said = read?.user_message
  return { words: said === undefined ? lost : [said.zh, said.en], code: read?.code }
}
