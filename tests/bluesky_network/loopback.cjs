// The development network listens on all interfaces; before it loads, every TCP listen() is bent to loopback.
const net = require('node:net')
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (first, ...rest) {
  const callbacks = [first, ...rest].filter((one) => typeof one === 'function')
  if (first == null || typeof first === 'function' || /^\d+$/.test(String(first)))
    return listen.call(this, { port: Number(first) || 0, host: '127.0.0.1' }, ...callbacks)
  if (typeof first === 'object' && 'port' in first)
    return listen.call(this, { ...first, host: '127.0.0.1' }, ...callbacks)
  return listen.call(this, first, ...rest) // a socket file, a handle
}
