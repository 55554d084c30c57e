/** Words as every page has them: Chinese, then English, each named as what it is. @returns what to put into an element */
export function bilingual([zh, en]) {
  const [first, second] = [document.createElement('span'), document.createElement('span')]
  first.lang = 'zh-CN'
  first.textContent = zh
  second.lang = 'en'
  second.textContent = en
  return [first, ' ', second]
}
