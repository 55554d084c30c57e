import type { HomeView } from '../operations/pages/home.ts'

/** What the broker itself offers to people and programs, for the home page. @param up whether every bank answers */
export const ownServices = (publicUrl: string, up: boolean): HomeView['services'] => [
  {
    name: { zh: '身份枢纽', en: 'Broker' },
    url: `${publicUrl}/oidc/.well-known/openid-configuration`,
    what: { zh: '交易中心从这里接入', en: 'Centers integrate here' },
    state: up ? 'up' : 'degraded',
  },
  {
    name: { zh: '企业工作台', en: 'Company workbench' },
    url: `${publicUrl}/workbench`,
    what: { zh: '授权、撤回、谁用企业名义做了什么', en: 'Give and revoke mandates, see who did what' },
    state: 'up',
  },
  {
    name: { zh: '专家云签', en: 'Remote signing' },
    url: `${publicUrl}/experts`,
    what: { zh: '评标专家不带盾签文件', en: 'Review experts sign without a shield' },
    state: 'up',
  },
  {
    name: { zh: '验章', en: 'Verify' },
    url: `${publicUrl}/verify`,
    what: { zh: '文件是谁盖的章，有没有改过', en: 'Who sealed a document, and was it changed?' },
    state: 'up',
  },
]
