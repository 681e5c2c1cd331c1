// Every text of the pages, in one place, so that another language is another file like this one.
// A text with a hole is a function. Sections go by page; those of pages that nobody sees first are in texts.more.js.

export const texts = {
  app: {
    name: 'Wallets', skip: 'Skip to content', menu: 'Pages', more: 'Your view',
    pages: {
      overview: 'Overview', wallets: 'Wallets', transactions: 'Transactions', deposits: 'Deposits', issues: 'Issues', reports: 'Reports',
      settings: 'Settings',
    },
    currency: 'Currency', hide: 'Hide amounts', show: 'Show amounts', light: 'Light', dark: 'Dark', system: 'As the system',
    theme: 'Colours', logOut: 'Log out',
    offline: 'The server does not answer. What you see is from before; it goes on by itself.',
    reconnecting: 'Live updates are interrupted; what was missed is told as soon as they are back.',
    notFound: 'There is no such page.', home: 'To the overview', notLoaded: 'This page could not be had just now.',
  },
  common: {
    copy: 'Copy', copied: 'Copied', tryAgain: 'Try again', cancel: 'Cancel', close: 'Close', save: 'Save', delete: 'Delete', more: 'Show more',
    loading: 'Loading…', asOf: when => `As of ${when}`, until: when => `next try ${when}`, hiddenAmount: 'hidden', none: '—',
    unknownWorth: 'no price', stale: 'old price', trace: id => `Trace ${id}`, all: 'All',
    network: 'Network', wallet: 'Wallet', address: 'Address', asset: 'Asset', amount: 'Amount', value: 'Value', time: 'Time', status: 'Status',
    label: 'Label', tags: 'Tags', note: 'Note',
  },
  status: {
    empty: 'empty', importing: 'importing', syncing: 'syncing', paused: 'paused', unverified: 'not checked yet', verified: 'verified',
    explained: 'explained', mismatch: 'differs', queued: 'queued', waiting: 'waiting', idle: 'up to date', pending: 'pending',
    processing: 'confirming', confirming: 'confirming', confirmed: 'confirmed', completed: 'completed', orphaned: 'undone', replaced: 'replaced',
    dropped: 'dropped',
  },
  login: {
    title: 'Log in', lead: 'With an API key of yours. It is exchanged for a cookie that ends after twelve hours; the page itself never keeps it.',
    key: 'API key', submit: 'Log in', byLink: 'Logging you in…',
    noKey: 'A key looks like wt_live_…; an administrator makes one.', linkOver: 'The link was used already, or is older than ten minutes.',
  },
  overview: {
    title: 'Overview', total: 'Total', nothing: 'Nothing here yet', nothingLead: 'Give an address, an extended key or a file, and see what it holds.',
    begin: 'Add a first wallet', byNetwork: 'By network', byCoin: 'By coin', byWallet: 'By wallet', chart: 'Value over time',
    latest: 'What just happened',
    nothingHappened: 'Nothing has arrived yet. Deposits appear here the moment they are seen.',
    change: (amount, percent) => percent === null ? amount : `${amount} (${percent})`,
    since: when => `since ${when}`,
    withoutPrice: n => n === 1 ? '1 asset has no price and is not in the total' : `${n} assets have no price and are not in the total`,
    notComplete: 'Still being read: the total is of what is known so far', priceAge: when => `Prices of ${when}`,
    ranges: { month: '1 month', year: '1 year', all: 'All' },
    chartText: (from, to, first, last) => `Value from ${from} to ${to}: it was ${first} and is ${last}.`,
    provisional: 'dashed: not final yet', gap: 'a gap: no price known', table: 'As a table',
  },
};
