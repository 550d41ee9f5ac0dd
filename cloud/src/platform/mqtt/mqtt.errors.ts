import { defineErrors } from '../../kernel/errors.ts';

export const mqttError = defineErrors({
  mqtt_unavailable: {
    kind: 'unavailable',
    retryable: true,
    meaning: 'the MQTT broker is not connected, so a message to a gateway could not be handed over',
  },
  mqtt_port_taken: {
    kind: 'misconfigured',
    retryable: false,
    meaning: 'the port of the embedded MQTT broker cannot be listened on',
  },
  mqtt_broker_refused: {
    kind: 'misconfigured',
    retryable: false,
    meaning: 'the MQTT broker does not let the hub in, or does not let it subscribe',
  },
});
