import { Component, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../shared/ui/button.tsx';

interface Props {
  readonly children: ReactNode;
}

/** A fault in one page leaves the frame, its language switch and a way out. */
export class ErrorBoundary extends Component<Props, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    return this.state.failed ? <Stumbled /> : this.props.children;
  }
}

function Stumbled() {
  const { t } = useTranslation();
  return (
    <div role="alert">
      <h1 className="text-3xl font-semibold">{t('app.failedTitle')}</h1>
      <p className="mt-2 mb-6 text-muted">{t('app.failedText')}</p>
      <Button onClick={() => location.reload()}>{t('app.reload')}</Button>
    </div>
  );
}
