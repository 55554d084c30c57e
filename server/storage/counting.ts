import type { SqlDriverAdapterFactory, SqlQuery, SqlQueryable } from '@prisma/driver-adapter-utils'
import { type Counter, count } from './sql.ts'

/** The generated client's statements, counted with the others as they leave. */
export function counting(factory: SqlDriverAdapterFactory, counter: Counter): SqlDriverAdapterFactory {
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    async connect() {
      const adapter = watch(await factory.connect(), counter)
      const begin = adapter.startTransaction.bind(adapter)
      adapter.startTransaction = async isolation => watch(await begin(isolation), counter)
      return adapter
    },
  }
}

function watch<T extends SqlQueryable>(queryable: T, counter: Counter): T {
  const queryRaw = queryable.queryRaw.bind(queryable)
  const executeRaw = queryable.executeRaw.bind(queryable)
  queryable.queryRaw = (query: SqlQuery) => {
    count(counter, query.sql)
    return queryRaw(query)
  }
  queryable.executeRaw = (query: SqlQuery) => {
    count(counter, query.sql)
    return executeRaw(query)
  }
  return queryable
}
