// Counts down to a time by the server's clock: the page says when it was made, and this computer only measures how long ago that was. Screen readers hear the time itself once, not every second.
for (const place of document.querySelectorAll('[data-until]')) {
  const { until, now } = place.dataset
  const [end, offset] = [Date.parse(until), Date.parse(now) - Date.now()]
  place.setAttribute('role', 'timer')
  const tick = () => {
    const left = Math.max(0, Math.ceil((end - Date.now() - offset) / 1000))
    const parts = [Math.floor(left / 86400), Math.floor(left / 3600) % 24, Math.floor(left / 60) % 60, left % 60]
    const [days, hours, minutes, seconds] = parts.map(part => String(part).padStart(2, '0'))
    place.textContent = `${parts[0] > 0 ? `${Number(days)} 天 ` : ''}${hours}:${minutes}:${seconds}`
    if (left === 0) clearInterval(timer)
  }
  const timer = setInterval(tick, 1000)
  tick()
}
