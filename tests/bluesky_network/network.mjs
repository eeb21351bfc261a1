// Starts data server, AppView and directory on the ports given as PLC_PORT, PDS_PORT, APP_PORT, OZONE_PORT.
import { TestNetwork } from '@atproto/dev-env'

const port = (name) => Number(process.env[name])
const network = await TestNetwork.create({
  dbPostgresSchema: 'archive_test',
  plc: { port: port('PLC_PORT') },
  pds: { port: port('PDS_PORT'), hostname: 'localhost' },
  bsky: { port: port('APP_PORT'), publicUrl: `http://localhost:${port('APP_PORT')}` },
  ozone: { port: port('OZONE_PORT') },
})
console.log('READY')
process.stdin.on('end', () => network.close().catch(() => {}).finally(() => process.exit(0)))
process.stdin.resume()
